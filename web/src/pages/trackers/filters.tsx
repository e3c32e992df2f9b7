/** What is looked for: the kinds with their counts, the search, and the rest. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { CONNECTION_TYPES, PROVIDERS, VALIDATION_STATUSES } from '#model/tracker';
import { useKeys } from '../../app/keys.ts';
import { go, hrefOf } from '../../app/router.ts';
import { count } from '../../format/number.ts';
import { Button } from '../../parts/button.tsx';
import { texts } from '../../texts/index.ts';
import { CATEGORIES, isFiltered, ORDERS, SILENCES, type Change, type Counts, type Wish } from './query.ts';

interface FilterProps {
  wish: Wish;
  onChange: (part: Change) => void;
}

/** The kinds of status: how many there are of each, and the way to see only those. */
export function Kinds({ wish, counts, onChange }: FilterProps & { counts: Counts }) {
  const words = texts.trackers;
  const all = CATEGORIES.reduce((sum, category) => sum + counts[category], 0);
  return (
    <nav class="kinds" aria-label={words.kinds}>
      <Kind
        label={words.all}
        size={all}
        current={wish.category === undefined}
        onClick={() => onChange({ category: undefined })}
      />
      {CATEGORIES.map((category) => (
        <Kind
          key={category}
          category={category}
          label={words.categories[category]}
          size={counts[category]}
          current={wish.category === category}
          onClick={() => onChange({ category, status: undefined })}
        />
      ))}
    </nav>
  );
}

interface KindProps {
  label: string;
  size: number;
  current: boolean;
  category?: string;
  onClick: () => void;
}

function Kind({ label, size, current, category = 'all', onClick }: KindProps) {
  return (
    <button type="button" class={`kind is-${category}`} aria-pressed={current} onClick={onClick}>
      <span class="kind-size">{count(size)}</span>
      <span class="kind-label">{label}</span>
    </button>
  );
}

/** The search waits so long after the last key, ms. */
const TYPING_MS = 200;

export function Filters({ wish, onChange }: FilterProps) {
  const words = texts.trackers;
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(wish.text ?? '');
  const timer = useRef(0);
  // Somebody may have gone to another list meanwhile, or cleared all filters.
  useEffect(() => setText(wish.text ?? ''), [wish.text]);
  useKeys({ '/': () => field.current?.focus() });
  const typed = (value: string) => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onChange({ text: value.trim() === '' ? undefined : value.trim() }), TYPING_MS);
  };
  return (
    <form class="filters" role="search" aria-label={words.filters} onSubmit={(event) => event.preventDefault()}>
      <input
        ref={field}
        class="input filters-search"
        type="search"
        aria-label={words.search}
        placeholder={words.searchHint}
        value={text}
        onInput={(event) => typed(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
      />
      <Choice
        label={words.provider}
        any={words.anyProvider}
        value={wish.provider}
        options={PROVIDERS}
        names={texts.providers}
        onChoice={(provider) => onChange({ provider })}
      />
      <Choice
        label={words.type}
        any={words.anyType}
        value={wish.type}
        options={CONNECTION_TYPES}
        names={texts.connectionTypes}
        onChoice={(type) => onChange({ type })}
      />
      <Choice
        label={words.status}
        any={words.anyStatus}
        value={wish.status}
        options={VALIDATION_STATUSES}
        names={texts.statuses}
        onChoice={(status) => onChange({ status, category: undefined })}
      />
      <Choice
        label={words.silent}
        any={words.anySilence}
        value={wish.silent_for}
        options={SILENCES}
        names={words.silences}
        onChoice={(silence) => onChange({ silent_for: silence })}
      />
      <Choice
        label={words.order}
        any={null}
        value={wish.order ?? 'category'}
        options={ORDERS}
        names={words.orders}
        onChoice={(order) => onChange({ order })}
      />
      {isFiltered(wish) ? (
        <Button
          kind="plain"
          icon="close"
          onClick={() => go(hrefOf(['trackers'], { category: wish.category, order: wish.order }), { replace: true })}
        >
          {words.clear}
        </Button>
      ) : null}
    </form>
  );
}

interface ChoiceProps<Word extends string> {
  label: string;
  /** Says that it does not matter; `null` where one must be chosen. */
  any: string | null;
  value: Word | undefined;
  options: readonly Word[];
  names: Readonly<Record<Word, string>>;
  onChoice: (choice: Word | undefined) => void;
}

function Choice<Word extends string>({ label, any, value, options, names, onChoice }: ChoiceProps<Word>) {
  return (
    <select
      class={`input ${value === undefined || any === null ? '' : 'is-set'}`}
      aria-label={label}
      value={value ?? ''}
      onInput={(event) => onChoice(options.find((option) => option === event.currentTarget.value))}
    >
      {any === null ? null : <option value="">{any}</option>}
      {options.map((option) => (
        <option key={option} value={option}>
          {names[option]}
        </option>
      ))}
    </select>
  );
}
