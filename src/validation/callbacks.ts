/** Addresses to which clouds push a company's data. Nobody can guess them, for some clouds prove themselves by nothing else. */
import type { ProviderName } from '#model/tracker';
import type { DocumentStore } from '../store/document-store.ts';

/** Collection of the addresses; the id of each is the token that stands in it. */
const CALLBACKS = 'callbacks';

/** Whose data comes to an address. */
export interface Callback {
  provider: ProviderName;
  companyId: string;
}

/** Gives the token of a company's address for a provider, made where there is none. It stays the same for ever. */
export async function callbackToken(documents: DocumentStore, callback: Callback, makeToken: () => string): Promise<string> {
  const { provider, companyId } = callback;
  const uniqueKey = `${provider}/${companyId}`;
  for (;;) {
    const known = await documents.documentByKey<Callback>(CALLBACKS, uniqueKey);
    if (known !== null) return known.id;
    const id = makeToken();
    if (await documents.insert(CALLBACKS, { id, companyId, uniqueKey, dueAt: null, body: callback })) return id;
  }
}

/** Tells whose address a token stands in; `null` where nobody's. */
export async function callbackOf(documents: DocumentStore, token: string): Promise<Callback | null> {
  return (await documents.document<Callback>(CALLBACKS, token))?.body ?? null;
}
