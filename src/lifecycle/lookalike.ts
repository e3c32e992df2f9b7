import { identKey } from '#model/tracker';

/** Differences between two idents of which a person makes one while typing the other. */
const MOST_DIFFERENCES = 2;

/**
 * How many characters one ident differs from the other, two neighbours that changed places counting as one; `null` where they
 * are of different length, equal, or differ in more than a typing error would.
 */
export function differencesBetween(a: string, b: string): number | null {
  const left = identKey(a);
  const right = identKey(b);
  if (left.length !== right.length || left === right || left.length <= MOST_DIFFERENCES) return null;
  let differences = 0;
  for (let i = 0; i < left.length; i++) {
    if (left[i] === right[i]) continue;
    differences++;
    if (left[i] === right[i + 1] && left[i + 1] === right[i]) i++;
    if (differences > MOST_DIFFERENCES) return null;
  }
  return differences;
}
