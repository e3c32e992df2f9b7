import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { short } from '../../format/time.ts';
import { texts } from '../../texts/index.ts';
import { SPANS, type Range, type Span } from './range.ts';

/** Chooses the part of time that is shown: the last hours, or from one time to another. */
export function RangePicker({ range, onRange }: { range: Range; onRange: (range: Range) => void }) {
  const words = texts.tracker.range;
  const [isOpen, setOpen] = useState(false);
  const still = range.span === null ? words.between(short(range.from), short(range.to)) : null;
  return (
    <div class="range">
      <select
        class="input"
        aria-label={words.label}
        value={range.span ?? 'still'}
        onInput={(event) => {
          const { value } = event.currentTarget;
          if (value === 'own') setOpen(true);
          else if (value !== 'still') onRange({ span: value as Span, from: Date.now() - SPANS[value as Span], to: Date.now() });
        }}
      >
        {still === null ? null : <option value="still">{still}</option>}
        {Object.entries(words.spans).map(([span, name]) => (
          <option key={span} value={span}>
            {name}
          </option>
        ))}
        <option value="own">{words.own}</option>
      </select>
      {isOpen ? <OwnRange range={range} onRange={onRange} onClose={() => setOpen(false)} /> : null}
    </div>
  );
}

function OwnRange({ range, onRange, onClose }: { range: Range; onRange: (range: Range) => void; onClose: () => void }) {
  const words = texts.tracker.range;
  const [from, setFrom] = useState(localOf(range.from));
  const [to, setTo] = useState(localOf(range.to));
  const bounds = { from: new Date(from).getTime(), to: new Date(to).getTime() };
  const isRight = bounds.from < bounds.to;
  return (
    <Dialog title={words.label} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isRight) return;
          onClose();
          onRange({ span: null, ...bounds });
        }}
      >
        <div class="form-row">
          <label class="field">
            <span class="field-label">{words.from}</span>
            <input class="input" type="datetime-local" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
          </label>
          <label class="field">
            <span class="field-label">{words.to}</span>
            <input class="input" type="datetime-local" value={to} onInput={(event) => setTo(event.currentTarget.value)} />
          </label>
        </div>
        {isRight ? null : (
          <p class="field-problem" role="alert">
            {words.wrong}
          </p>
        )}
        <div class="form-actions">
          <Button type="submit" kind="primary">
            {words.show}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** As a field for a date takes it: in the zone of the browser, without it. */
function localOf(at: number): string {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
