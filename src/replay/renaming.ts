import { identKey } from '#model/tracker';

/** Whom devices of the capture stand for: `A=B` has what A sent be B's. */
export class Renaming {
  readonly #names: ReadonlyMap<string, string>;

  constructor(pairs: readonly (readonly [from: string, to: string])[]) {
    this.#names = new Map(pairs.map(([from, to]) => [identKey(from), to]));
  }

  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  /** The name an ident stands for: itself where nothing else is said. */
  of(ident: string): string {
    return this.#names.get(identKey(ident)) ?? ident;
  }

  /** The pairs in a fixed order, for whoever tells one renaming from another. */
  toString(): string {
    return [...this.#names]
      .map(([from, to]) => `${from}=${to}`)
      .sort()
      .join('\n');
  }
}

export const NO_RENAMING = new Renaming([]);
