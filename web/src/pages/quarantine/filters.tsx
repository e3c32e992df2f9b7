import { useEffect, useState } from 'preact/hooks';
import { SelectField, TextField } from '../../parts/field.tsx';
import { texts } from '../../texts/index.ts';
import type { Wish } from './query.ts';

/** Reasons that frames are in quarantine for, most usual first. */
const CODES = [
  'decode_range',
  'decode_truncated',
  'decode_unsupported',
  'decode_malformed',
  'wire_crc',
  'wire_length',
  'wire_trailing',
  'sink_rejected_row',
] as const;
/** Written words are looked for when nothing more is written, ms. */
const PAUSE_MS = 300;

export function Filters({ wish, onChange }: { wish: Wish; onChange: (part: Partial<Wish>) => void }) {
  const words = texts.quarantine.filters;
  const known: readonly string[] = CODES;
  const codes = wish.code === '' || known.includes(wish.code) ? CODES : [...CODES, wish.code];
  return (
    <div class="quarantine-filters" role="search" aria-label={texts.quarantine.title}>
      <SelectField label={words.code} value={wish.code} onValue={(code) => onChange({ code })}>
        <option value="">{words.anyCode}</option>
        {codes.map((code) => (
          <option key={code} value={code}>
            {code}
          </option>
        ))}
      </SelectField>
      <Written name="ident" label={words.ident} value={wish.ident} onValue={(ident) => onChange({ ident })} />
      <Written name="listener" label={words.listener} value={wish.listener} onValue={(listener) => onChange({ listener })} />
      <Written name="protocol" label={words.protocol} value={wish.protocol} onValue={(protocol) => onChange({ protocol })} />
      <SelectField
        label={words.state}
        value={wish.state}
        onValue={(state) => onChange({ state: (['retried', 'all'] as const).find((each) => each === state) ?? 'open' })}
      >
        <option value="open">{words.states.open}</option>
        <option value="retried">{words.states.retried}</option>
        <option value="all">{words.states.all}</option>
      </SelectField>
    </div>
  );
}

/** A field that says what stands in it when nobody writes any more. */
function Written({
  name,
  label,
  value,
  onValue,
}: {
  name: string;
  label: string;
  value: string;
  onValue: (value: string) => void;
}) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => onValue(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return <TextField name={name} label={label} value={text} onValue={setText} autocomplete="off" spellcheck={false} />;
}
