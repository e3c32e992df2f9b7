import type { FixVerdict } from '../lifecycle/guards.ts';
import type { JudgedMessage } from '../lifecycle/judged.ts';

/** recordIdHi · recordIdLo · receivedAt · observedAt · speedKmh · odometerKm · the fix that counts: at · lat · lon; `NaN` for none. */
const WIDTH = 9;

/** Judged messages side by side, in one array of numbers: an object each would be most of what the collector has to carry. */
export class JudgedColumns {
  #numbers: number[] = [];
  /** Why a fix does not count, or `null` where a message has none; `undefined` where it counts. */
  #others: (FixVerdict | null | undefined)[] = [];

  get length(): number {
    return this.#others.length;
  }

  add({ recordIdHi, recordIdLo, receivedAt, observedAt, speedKmh, odometerKm, verdict }: JudgedMessage): void {
    const fix = verdict?.rejection === null ? verdict.fix : null;
    this.#numbers.push(recordIdHi, recordIdLo, receivedAt, observedAt, speedKmh ?? NaN, odometerKm ?? NaN);
    this.#numbers.push(fix?.at ?? NaN, fix?.lat ?? NaN, fix?.lon ?? NaN);
    this.#others.push(fix === null ? verdict : undefined);
  }

  /** One of the messages, as it was added; `ident` is whose it is. */
  get(i: number, ident: string): JudgedMessage {
    const [recordIdHi, recordIdLo, receivedAt, observedAt, speedKmh, odometerKm, at, lat, lon] = this.#numbers.slice(
      i * WIDTH,
      (i + 1) * WIDTH,
    ) as Row;
    const other = this.#others[i];
    return {
      ident,
      recordIdHi,
      recordIdLo,
      receivedAt,
      observedAt,
      speedKmh: Number.isNaN(speedKmh) ? null : speedKmh,
      odometerKm: Number.isNaN(odometerKm) ? null : odometerKm,
      verdict: other === undefined ? { rejection: null, fix: { at, lat, lon } } : other,
    };
  }

  /** Forgets the first so many. */
  drop(count: number): void {
    this.#numbers = dropped(this.#numbers, count * WIDTH);
    this.#others = dropped(this.#others, count);
  }
}

type Row = [number, number, number, number, number, number, number, number, number];

/** An array without its first elements: the same one, moved up, or a new one where none is left. */
export function dropped<T>(elements: T[], count: number): T[] {
  if (count >= elements.length) return [];
  elements.copyWithin(0, count);
  elements.length -= count;
  return elements;
}
