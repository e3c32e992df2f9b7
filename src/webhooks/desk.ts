/** What companies do with their webhooks. The command line and the API call it alike; it checks what is theirs. */
import { GatewayError } from '#errors/gateway-error';
import type { Clock, EpochMs } from '#model/clocks';
import type { SealedBox } from '../secrets/sealed-box.ts';
import type { Document, DocumentStore } from '../store/document-store.ts';
import {
  filterOf,
  problemsOf,
  secretsInForce,
  type Endpoint,
  type EndpointBody,
  type EndpointFields,
  type StoredSecret,
  type UrlRules,
} from './endpoint.ts';
import { WEBHOOKS, changeEndpoint, disableEndpoint, secretContext, shownEndpoint } from './endpoints.ts';
import { callLane } from './lanes.ts';
import { newSecret } from './signature.ts';

export interface DeskOptions {
  documents: DocumentStore;
  secrets: Pick<SealedBox, 'seal'>;
  urls: UrlRules;
  /** Endpoints a company may have. */
  endpointsPerCompany: number;
  /** How long the secret before is good after a rotation, ms. */
  secretOverlapMs: number;
  now: Clock;
  /** Gives bytes nobody can guess. */
  randomBytes: (length: number) => Uint8Array;
}

/** An endpoint with the secret that is shown this once. */
export interface WithSecret {
  endpoint: Endpoint;
  secret: string;
}

const ID_BYTES = 10;

export class WebhookDesk {
  readonly #options: DeskOptions;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** Makes an endpoint. Fails with `webhook_invalid` or `webhook_limit`. */
  async create(companyId: string, fields: EndpointFields & { url: string }): Promise<WithSecret> {
    const { documents, endpointsPerCompany, now, randomBytes } = this.#options;
    this.#check(fields);
    if ((await this.list(companyId)).length >= endpointsPerCompany) {
      throw new GatewayError('webhook_limit', `a company has ${endpointsPerCompany} webhooks at most: delete one`);
    }
    const at = now();
    const id = `wh_${Buffer.from(randomBytes(ID_BYTES)).toString('hex')}`;
    const { secret, stored } = this.#makeSecret(id, at);
    const body: EndpointBody = {
      url: fields.url,
      description: fields.description ?? '',
      filter: filterOf(fields.filter),
      createdAt: at,
      updatedAt: at,
      disabled: null,
      secrets: [stored],
    };
    const made = { id, companyId, uniqueKey: null, dueAt: null, body };
    if (!(await documents.insert(WEBHOOKS, made))) throw new GatewayError('bug_invariant', `the webhook ${id} exists already`);
    return { endpoint: shownEndpoint({ ...made, revision: 1 }, at), secret };
  }

  /** All endpoints of a company: they are few. */
  async list(companyId: string): Promise<readonly Endpoint[]> {
    const { documents, endpointsPerCompany, now } = this.#options;
    // More than may be made: the bound may have been lower once it was set.
    const page = { companyId, most: endpointsPerCompany + 1_000 };
    return (await documents.documents<EndpointBody>(WEBHOOKS, page)).map((document) => shownEndpoint(document, now()));
  }

  /** Fails with `webhook_unknown`, also where the endpoint is another company's. */
  async get(companyId: string, id: string): Promise<Endpoint> {
    const stored = await this.#options.documents.document<EndpointBody>(WEBHOOKS, id);
    if (stored?.companyId !== companyId) throw unknown(id);
    return shownEndpoint(stored, this.#options.now());
  }

  /** Changes what is given; a filter's lists one by one. Fails with `webhook_unknown` or `webhook_invalid`. */
  async update(companyId: string, id: string, fields: EndpointFields): Promise<Endpoint> {
    await this.get(companyId, id);
    this.#check(fields);
    return this.#change(id, (body, at) => ({
      ...body,
      url: fields.url ?? body.url,
      description: fields.description ?? body.description,
      filter: filterOf(fields.filter, body.filter),
      updatedAt: at,
    }));
  }

  /** Removes an endpoint with all its deliveries, and gives it as it was. Fails with `webhook_unknown`. */
  async remove(companyId: string, id: string): Promise<Endpoint> {
    const { documents, now } = this.#options;
    for (;;) {
      const endpoint = await this.get(companyId, id);
      const stored = await documents.document(WEBHOOKS, id);
      if (stored === null || !(await documents.remove(WEBHOOKS, id, stored.revision))) continue;
      await callLane(documents, { endpointId: id, companyId }, now());
      return endpoint;
    }
  }

  /**
   * Gives an endpoint a new secret. Deliveries are signed with both for `overlapMs`, so that the receiver can change over in its own
   * time. Fails with `webhook_unknown`.
   */
  async rotateSecret(companyId: string, id: string, overlapMs = this.#options.secretOverlapMs): Promise<WithSecret> {
    await this.get(companyId, id);
    const { secret, stored } = this.#makeSecret(id, this.#options.now());
    const endpoint = await this.#change(id, (body, at) => {
      // Only the last one lives on: whoever rotates again wants the one before it gone.
      const [last] = secretsInForce(body, at);
      const ending = last === undefined || overlapMs === 0 ? [] : [{ ...last, expiresAt: at + overlapMs }];
      return { ...body, secrets: [stored, ...ending], updatedAt: at };
    });
    return { endpoint, secret };
  }

  /** Lets an endpoint get events again, from now on. Those it missed can be replayed. Fails with `webhook_unknown`. */
  async enable(companyId: string, id: string): Promise<Endpoint> {
    const { documents, now } = this.#options;
    await this.get(companyId, id);
    const endpoint = await this.#change(id, (body, at) => ({ ...body, disabled: null, updatedAt: at }));
    await callLane(documents, { endpointId: id, companyId }, now(), { failures: 0, failingSince: null, restsUntil: 0 });
    return endpoint;
  }

  /** Lets an endpoint get nothing; what waits for it fails. Fails with `webhook_unknown`. */
  async disable(companyId: string, id: string, reason: string): Promise<Endpoint> {
    const { documents, now } = this.#options;
    await this.get(companyId, id);
    await disableEndpoint(documents, id, reason, now());
    await callLane(documents, { endpointId: id, companyId }, now());
    return this.get(companyId, id);
  }

  #check(fields: EndpointFields): void {
    const problems = problemsOf(fields, this.#options.urls);
    if (problems.length > 0) throw new GatewayError('webhook_invalid', problems.join('; '));
  }

  async #change(id: string, change: (body: EndpointBody, at: EpochMs) => EndpointBody): Promise<Endpoint> {
    const { documents, now } = this.#options;
    const at = now();
    const changed: Document<EndpointBody> | null = await changeEndpoint(documents, id, (body) => change(body, at));
    if (changed === null) throw unknown(id);
    return shownEndpoint(changed, at);
  }

  #makeSecret(endpointId: string, at: EpochMs): { secret: string; stored: StoredSecret } {
    const { secrets, randomBytes } = this.#options;
    const secret = newSecret(randomBytes);
    return { secret, stored: { sealed: secrets.seal(secret, secretContext(endpointId)), createdAt: at, expiresAt: null } };
  }
}

function unknown(id: string): GatewayError {
  return new GatewayError('webhook_unknown', `there is no webhook "${id}"`);
}
