import { identKey } from '#model/tracker';
import { AddressRanges } from './addresses.ts';

/** Who may come in. What is not said bounds nothing. */
export interface AllowRules {
  /** Idents, whole. */
  idents?: readonly string[] | undefined;
  /** What an ident may begin with instead. */
  identPrefixes?: readonly string[] | undefined;
  /** Ranges of remote addresses. */
  addresses?: readonly string[] | undefined;
}

/** The devices and addresses that a listener lets in. Idents are compared as `identKey` says. */
export class AllowList {
  readonly #idents: ReadonlySet<string>;
  readonly #prefixes: readonly string[];
  readonly #boundsIdents: boolean;
  readonly #addresses: AddressRanges | null;

  /** Throws a `RangeError` for an address that is none. */
  constructor({ idents, identPrefixes, addresses }: AllowRules) {
    this.#idents = new Set(idents?.map(identKey));
    this.#prefixes = identPrefixes?.map(identKey) ?? [];
    this.#boundsIdents = idents !== undefined || identPrefixes !== undefined;
    this.#addresses = addresses === undefined ? null : new AddressRanges(addresses);
  }

  hasAddress(address: string): boolean {
    return this.#addresses?.has(address) ?? true;
  }

  hasIdent(ident: string): boolean {
    if (!this.#boundsIdents) return true;
    const key = identKey(ident);
    return this.#idents.has(key) || this.#prefixes.some((prefix) => key.startsWith(prefix));
  }
}
