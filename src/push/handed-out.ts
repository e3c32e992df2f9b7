/**
 * Addresses that the gateway itself gives to a cloud, when it asks to be pushed a company's data. Unlike those of other endpoints they
 * are asked for again and must be the same, so the last part is kept, sealed.
 */
import { findGatewayError } from '#errors/gateway-error';
import type { SealedBox } from '../secrets/sealed-box.ts';
import type { DocumentStore } from '../store/document-store.ts';
import type { PushEndpoints } from './endpoints.ts';

/** Collection; the id of each says company and protocol. */
const COLLECTION = 'push_handed_out';

interface HandedOut {
  endpointId: string;
  /** Last part of its address, sealed. */
  token: string;
}

export interface HandedOutParts {
  documents: DocumentStore;
  endpoints: PushEndpoints;
  secrets: SealedBox;
}

/**
 * Gives the address, as a path of the API, to which a cloud pushes a company's data in a protocol. It is made where there is none, or
 * where its endpoint was removed, and proves itself by nothing else: a cloud that can prove more has an endpoint made by its company.
 */
export async function handedOutPath(parts: HandedOutParts, companyId: string, protocol: string): Promise<string> {
  const { documents, endpoints, secrets } = parts;
  const id = `${companyId}/${protocol}`;
  const context = `${COLLECTION}/${id}`;
  for (;;) {
    const before = await documents.document<HandedOut>(COLLECTION, id);
    if (before !== null && (await isThere(endpoints, companyId, before.body.endpointId))) {
      return `/push/${secrets.open(before.body.token, context)}`;
    }
    const name = `given to ${protocol} by a validation`;
    const { endpoint, token } = await endpoints.create({ companyId, name, protocol, rule: { kind: 'path' } });
    const body: HandedOut = { endpointId: endpoint.id, token: secrets.seal(token, context) };
    const document = { id, companyId, uniqueKey: null, dueAt: null, body };
    const isOurs =
      before === null
        ? await documents.insert(COLLECTION, document)
        : (await documents.replace(COLLECTION, { ...document, revision: before.revision })) === 'replaced';
    // Somebody else was faster: theirs is the address, and ours was given to nobody.
    if (!isOurs) await endpoints.remove(companyId, endpoint.id);
  }
}

async function isThere(endpoints: PushEndpoints, companyId: string, id: string): Promise<boolean> {
  try {
    await endpoints.get(companyId, id);
    return true;
  } catch (error) {
    if (findGatewayError(error)?.code === 'push_unknown') return false;
    throw error;
  }
}
