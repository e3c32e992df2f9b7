/** Endpoints in the store. */
import type { EpochMs } from '#model/clocks';
import type { Document, DocumentStore } from '../store/document-store.ts';
import type { Disabling, Endpoint, EndpointBody } from './endpoint.ts';

export const WEBHOOKS = 'webhooks';

/** What a secret of an endpoint is sealed for. */
export const secretContext = (endpointId: string): string => `webhooks/${endpointId}`;

/** The endpoint of a document, as it may be shown: without its secrets. */
export function shownEndpoint({ id, companyId, body }: Document<EndpointBody>, now: EpochMs): Endpoint {
  const { secrets, ...fields } = body;
  const ends = secrets.flatMap(({ expiresAt }) => (expiresAt !== null && expiresAt > now ? [expiresAt] : []));
  return { id, companyId, ...fields, oldSecretUntil: ends.length === 0 ? null : Math.max(...ends) };
}

/** Changes an endpoint, as often as it takes against others who change it; `null` where there is none. */
export async function changeEndpoint(
  documents: DocumentStore,
  id: string,
  change: (body: EndpointBody) => EndpointBody,
): Promise<Document<EndpointBody> | null> {
  for (;;) {
    const stored = await documents.document<EndpointBody>(WEBHOOKS, id);
    if (stored === null) return null;
    const changed = { ...stored, body: change(stored.body) };
    if ((await documents.replace(WEBHOOKS, changed)) === 'replaced') return { ...changed, revision: stored.revision + 1 };
  }
}

/** Disables an endpoint; false where it is disabled already, or gone. */
export async function disableEndpoint(documents: DocumentStore, id: string, reason: string, at: EpochMs): Promise<boolean> {
  const disabled: Disabling = { at, reason };
  const changed = await changeEndpoint(documents, id, (body) => (body.disabled === null ? { ...body, disabled } : body));
  return changed?.body.disabled?.at === at;
}
