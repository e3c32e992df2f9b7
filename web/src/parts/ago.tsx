import { signal } from '@preact/signals';
import { ago, whole } from '../format/time.ts';

/** The present, as far as "minutes ago" goes: one clock for all that is shown. */
const now = signal(Date.now());
setInterval(() => (now.value = Date.now()), 10_000);

/** How long ago something was; the time itself when pointed at. */
export function Ago({ at }: { at: string }) {
  return (
    <time dateTime={at} title={whole(at)}>
      {ago(at, Math.max(now.value, Date.now()))}
    </time>
  );
}
