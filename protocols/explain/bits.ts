import type { Notes, Stated, Trace } from './trace.ts';

/** Bits that mean one thing: the bytes they lie in, and what they say. */
export interface Bits {
  name: string;
  /** Offsets in the view. */
  from: number;
  end: number;
  raw: number;
  /** Why they say nothing; `null` where they do. */
  silence: string | null;
  states: readonly Stated[];
}

/** Names bytes in which several things may lie side by side: those that share a byte become one field. */
export function nameBits(trace: Trace, view: Uint8Array, bits: readonly Bits[], section: string): void {
  const groups: Bits[][] = [];
  let end = -1;
  for (const one of bits.toSorted((a, b) => a.from - b.from)) {
    if (one.from < end) groups.at(-1)?.push(one);
    else groups.push([one]);
    end = Math.max(end, one.end);
  }
  for (const group of groups) {
    const name = group.map((one) => one.name).join(', ');
    const [from, last] = [Math.min(...group.map((one) => one.from)), Math.max(...group.map((one) => one.end))];
    trace.part(view, name, from, last, notesOf(group, section));
  }
}

function notesOf(group: readonly Bits[], section: string): Notes {
  const states = group.flatMap((one) => one.states);
  const [only] = group;
  if (only !== undefined && group.length === 1)
    return { raw: only.raw, ...(only.silence === null ? {} : { value: only.silence }), states, section };
  const meanings = group.flatMap(({ name, silence }) => (silence === null ? [] : `${name}: ${silence}`));
  return { meaning: meanings.length === 0 ? null : meanings.join('; '), states, section };
}
