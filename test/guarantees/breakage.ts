/** One way to break the code so that a rule of a spec no longer holds. */
export interface Breakage {
  /** Number of the rule in the spec. */
  rule: number;
  /** What is wrong with the code then, as the end of "the gateway …". */
  breaks: string;
  edits: readonly Edit[];
  /** The test that must fail then: one of those that the rule points to. */
  test: { file: string; name: string };
}

/** Replaces a passage that stands exactly once in a file. */
export interface Edit {
  file: string;
  find: string;
  put: string;
}

/** Gives the text with the passage replaced. Throws where it stands there never, or more than once: the code has moved on. */
export function applyEdit(text: string, { file, find, put }: Edit): string {
  const count = text.split(find).length - 1;
  if (count !== 1) throw new Error(`${file} has ${count} times, not once:\n${find}`);
  // As a function: in a string, `$` would have a meaning.
  return text.replace(find, () => put);
}
