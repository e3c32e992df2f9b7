import { identKey } from '#model/tracker';
import type { SealedBox } from '../secrets/sealed-box.ts';

/** Idents whose marks are kept in memory. */
const MOST = 100_000;
const CONTEXT = 'consent';

/** Keyed hashes of idents: a vehicle whose ident may not be kept is known again by them. */
export class Marks {
  readonly #box: Pick<SealedBox, 'marks'>;
  readonly #known = new Map<string, readonly [string, ...string[]]>();

  constructor(box: Pick<SealedBox, 'marks'>) {
    this.#box = box;
  }

  /** The marks of an ident, that which is written down first. Idents are compared as `identKey` says. */
  of(ident: string): readonly [string, ...string[]] {
    const key = identKey(ident);
    let marks = this.#known.get(key);
    if (marks === undefined) {
      if (this.#known.size >= MOST) this.#known.clear();
      marks = this.#box.marks(key, CONTEXT);
      this.#known.set(key, marks);
    }
    return marks;
  }
}
