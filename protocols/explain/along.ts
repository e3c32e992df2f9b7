import type { Notes, Trace, Traced } from './trace.ts';

/** Names what was read since the last name; nothing where nothing was. */
export type Name = (name: string, notes?: Notes) => Traced;

/** Names fields along a cursor, in the order in which they are read; `null` without a trace. */
export function namesAlong(cursor: { readonly offset: number }, trace: Trace | null): Name | null {
  if (trace === null) return null;
  let at = cursor.offset;
  return (name, notes) => {
    const from = at;
    at = cursor.offset;
    return trace.field(name, from, at, notes);
  };
}
