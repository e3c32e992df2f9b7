/**
 * Gives the engine's own copy of a text, of which there is one for equal texts. A text that is put together while the program runs is
 * none: comparing it with others reads both, letter by letter, where two copies of the engine's are the same or are not
 * (`npm run bench -- codec/ruptela`).
 */
export function interned(text: string): string {
  // The names of an object's members are such copies.
  return Object.keys({ [text]: true })[0] as string;
}
