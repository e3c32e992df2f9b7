/**
 * Finds something in the keys of messages. Messages of one shape share their keys, which nobody changes, and most have those of the message
 * before: then what was found in them is given again.
 */
export function inKeys<Found>(find: (keys: readonly string[]) => Found): (keys: readonly string[]) => Found {
  let last: { keys: readonly string[]; found: Found } | null = null;
  return (keys) => {
    if (last?.keys !== keys) last = { keys, found: find(keys) };
    return last.found;
  };
}
