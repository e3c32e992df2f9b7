/** How the pages in `docs/specs` are read: numbered rules, under each the tests that fail without it. */

const POINTER = /^ *- `([^`]+\.test\.ts)`: "(.+)"$/gm;

/** A test that a rule points to. */
export interface Pointer {
  /** From the root of the repository. */
  file: string;
  name: string;
}

/** The numbered rules of a spec, each with all that belongs to it. */
export function rulesOf(text: string): string[] {
  return text.split(/^(?=\d+\. )|^(?=#)|^(?=\S)/m).filter((block) => /^\d+\. /.test(block));
}

/** The tests that a rule, or a whole spec, points to. */
export function pointersOf(text: string): Pointer[] {
  return [...text.matchAll(POINTER)].map(([, file = '', name = '']) => ({ file, name }));
}
