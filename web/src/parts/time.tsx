import { short, whole } from '../format/time.ts';

/** A time: short to read, exact in its title. */
export function Time({ at }: { at: string }) {
  return (
    <time dateTime={at} title={`${whole(at)} · ${at}`}>
      {short(at)}
    </time>
  );
}
