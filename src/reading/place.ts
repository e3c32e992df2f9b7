/** Places in a list of rows: the numbers a list is ordered by, as a text that callers hand back. */

/** A place in a list, as a cursor. */
export function cursorOf(...place: readonly (string | number)[]): string {
  return Buffer.from(place.join('.')).toString('base64url');
}

/** The first number of a place is a time, which may be before 1970; the others are never negative. */
const PLACE = /^-?\d{1,15}(\.\d{1,20})*$/;

/** Reads a place of so many numbers; `null` where the text is none. */
function placeIn(cursor: string, numbers: number): string[] | null {
  const text = Buffer.from(cursor, 'base64url').toString();
  const place = PLACE.test(text) ? text.split('.') : [];
  return place.length === numbers && place.every((part) => BigInt(part) < 2n ** 64n) ? place : null;
}

/** Tells whether a text is a place of so many numbers. */
export function isPlace(numbers: number): (cursor: string) => boolean {
  return (cursor) => placeIn(cursor, numbers) !== null;
}

/** Reads a cursor into a place; the greatest there is where none was given. Throws `RangeError` for one that is none. */
export function placeBefore(cursor: string | null, numbers: number): string[] {
  const place =
    cursor === null ? [String(MOST_MS), ...Array.from({ length: numbers - 1 }, () => MOST)] : placeIn(cursor, numbers);
  if (place === null) throw new RangeError('the cursor is none that this API has given');
  return place;
}

const MOST_MS = 8_640_000_000_000;
const MOST = String(2n ** 64n - 1n);
