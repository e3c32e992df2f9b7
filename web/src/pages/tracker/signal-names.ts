/** What signals are called on the screen. Pure. */
import { SIGNAL_BY_KEY } from '#model/signals';

/** In the catalogue's words; a key that it does not know stands for itself. */
export function nameOfSignal(key: string): string {
  return SIGNAL_BY_KEY.get(key)?.description ?? key;
}

/** The category of a key: its first level, as a heading. */
export function categoryOf(key: string): string {
  const first = key.split('.')[0] ?? key;
  return first.charAt(0).toUpperCase() + first.slice(1);
}
