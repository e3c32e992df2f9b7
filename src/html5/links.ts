/**
 * Links of the tracker page. A link is opened once: the page that opens it brings a secret it has made itself, and gets an address to
 * push the fixes of one tracker to. What is kept of a link is a hash. A page whose answer was lost asks again with its secret and gets
 * the same; any other is told that the link was used.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { GatewayError } from '#errors/gateway-error';
import type { Clock, EpochMs } from '#model/clocks';
import { isActive, type Tracker } from '#model/tracker';
import type { OpenEndpoint, PushEndpoints } from '../push/endpoints.ts';
import { refusalOf } from '../push/proof.ts';
import type { Document, DocumentStore } from '../store/document-store.ts';

/** A link as it may be shown. */
export interface PageLink {
  id: string;
  trackerOid: string;
  createdAt: EpochMs;
  /** Until then it can be opened. */
  expiresAt: EpochMs;
  /** When a page opened it; `null` while none has. */
  openedAt: EpochMs | null;
}

/** A page that has opened a link. */
export interface OpenedPage {
  tracker: Tracker;
  /** Last part of the address to push to. */
  address: string;
}

export interface PageLinksParts {
  documents: DocumentStore;
  endpoints: PushEndpoints;
  /** A tracker, whosoever it is. */
  trackerByOid: (oid: string) => Promise<Tracker | null>;
  now: Clock;
}

interface Body {
  createdAt: EpochMs;
  expiresAt: EpochMs;
  openedAt: EpochMs | null;
  /** Hash of the secret of the page that opened it. */
  opener: string | null;
  endpointId: string;
}

const COLLECTION = 'html5_links';
const TOKEN_BYTES = 32;
/** Links of a tracker that nobody has ended. */
const MOST_LINKS = 100;
/** How long a link that nobody opened is remembered, so that whoever opens it hears that it is too late, ms. */
const REMEMBER_MS = 30 * 86_400_000;
/** Old links that are forgotten when a new one is made. */
const FORGET_MOST = 100;

export class PageLinks {
  readonly #parts: PageLinksParts;

  constructor(parts: PageLinksParts) {
    this.#parts = parts;
  }

  /**
   * Makes a link for a tracker of the company; its token is shown this once. Fails with `tracker_unknown`, or with `tracker_invalid`
   * where no page can speak for the tracker.
   */
  async create(companyId: string, trackerOid: string, validMs: number): Promise<{ link: PageLink; token: string }> {
    const tracker = await this.#own(companyId, trackerOid);
    const problem = noPageFor(tracker);
    if (problem !== null) throw new GatewayError('tracker_invalid', problem);
    await this.#forgetOld();
    const { documents, now } = this.#parts;
    if ((await this.#of(companyId, trackerOid)).length >= MOST_LINKS) {
      throw new GatewayError('tracker_invalid', `the tracker has ${MOST_LINKS} links: end those that are not needed first`);
    }
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const at = now();
    const body: Body = { createdAt: at, expiresAt: at + validMs, openedAt: null, opener: null, endpointId: randomUUID() };
    const id = `${trackerOid}/${randomUUID()}`;
    const dueAt = body.expiresAt + REMEMBER_MS;
    await documents.insert<Body>(COLLECTION, { id, companyId, uniqueKey: hashOf(token), dueAt, body });
    return { link: shown(id, body), token };
  }

  /** Links of a tracker, opened or not. Fails with `tracker_unknown`. */
  async list(companyId: string, trackerOid: string): Promise<readonly PageLink[]> {
    await this.#own(companyId, trackerOid);
    return (await this.#of(companyId, trackerOid)).map(({ id, body }) => shown(id, body));
  }

  /** Ends a link, and the page that has opened it. Fails with `tracker_unknown` or `link_unknown`. */
  async end(companyId: string, trackerOid: string, id: string): Promise<void> {
    await this.#own(companyId, trackerOid);
    const found = await this.#parts.documents.document<Body>(COLLECTION, `${trackerOid}/${id}`);
    if (found === null) throw new GatewayError('link_unknown', `the tracker has no link "${id}"`);
    await this.#end(found);
  }

  /** Ends all links of a tracker, and the pages that have opened them. Fails with `tracker_unknown`. */
  async endAll(companyId: string, trackerOid: string): Promise<void> {
    await this.#own(companyId, trackerOid);
    for (const found of await this.#of(companyId, trackerOid)) await this.#end(found);
  }

  /**
   * Opens a link for the page that has this secret. Fails with `link_unknown`, `link_used` or `link_expired`, each in words for whoever
   * holds the phone.
   */
  async open(token: string, secret: string): Promise<OpenedPage> {
    const { documents, endpoints, now } = this.#parts;
    const opener = hashOf(secret);
    for (;;) {
      const found = await documents.documentByKey<Body>(COLLECTION, hashOf(token));
      if (found === null) throw new GatewayError('link_unknown', 'no such link was made, or it was ended: ask for a new one');
      const { companyId, body } = found;
      const tracker = await this.#stillThere(companyId, oidOf(found.id));
      if (tracker === null)
        throw new GatewayError('link_unknown', 'the tracker of this link was disconnected: ask for a new one');
      if (body.openedAt === null) {
        if (body.expiresAt <= now()) throw new GatewayError('link_expired', 'the time of this link is over: ask for a new one');
        const opened = { ...found, dueAt: null, body: { ...body, openedAt: now(), opener } };
        if ((await documents.replace<Body>(COLLECTION, opened)) !== 'replaced') continue;
      } else if (body.opener !== opener) {
        throw new GatewayError('link_used', 'this link was opened before, and works only once: ask for a new one');
      }
      const address = addressOf(body.endpointId, secret);
      const rule = { kind: 'bearer', secrets: [secret] } as const;
      const name = `tracker page of ${tracker.trackerId}`.slice(0, 100);
      // Made behind the note that it was opened: what dies in between is made by the next try of the same page.
      await endpoints.create(
        { companyId, name, protocol: 'html5', trackerOid: tracker.oid, rule },
        { id: body.endpointId, token: address },
      );
      // Ended at this very moment: what ended it may have looked for the endpoint before it was there.
      if ((await documents.document(COLLECTION, found.id)) === null) {
        await endpoints.removeIfThere(companyId, body.endpointId);
        continue;
      }
      return { tracker, address };
    }
  }

  /** The tracker that a page speaks for. Fails with `page_ended` where it proves nothing, or its link or tracker was ended. */
  async trackerOf(address: string, header: (name: string) => string | undefined): Promise<Tracker> {
    const { endpoints, now } = this.#parts;
    const endpoint = await endpoints.at(address);
    const tracker = endpoint === null ? null : await this.#proven(endpoint, header, now());
    if (tracker === null)
      throw new GatewayError('page_ended', 'this page may send nothing more: its link or its tracker was ended');
    return tracker;
  }

  async #proven(endpoint: OpenEndpoint, header: (name: string) => string | undefined, at: EpochMs): Promise<Tracker | null> {
    const { companyId, trackerOid, rule } = endpoint;
    if (trackerOid === null || refusalOf(rule, { header, body: new Uint8Array(), certificate: null }, at) !== null) return null;
    return this.#stillThere(companyId, trackerOid);
  }

  async #own(companyId: string, oid: string): Promise<Tracker> {
    const found = await this.#parts.trackerByOid(oid);
    if (found === null || found.companyId !== companyId || found.deletedAt !== null)
      throw new GatewayError('tracker_unknown', `there is no tracker "${oid}"`);
    return found;
  }

  async #stillThere(companyId: string, oid: string): Promise<Tracker | null> {
    const found = await this.#parts.trackerByOid(oid);
    return found !== null && found.companyId === companyId && isPageable(found) ? found : null;
  }

  async #of(companyId: string, oid: string): Promise<readonly Document<Body>[]> {
    const page = { companyId, afterId: `${oid}/`, most: MOST_LINKS };
    const found = await this.#parts.documents.documents<Body>(COLLECTION, page);
    return found.filter(({ id }) => id.startsWith(`${oid}/`));
  }

  async #end({ id, companyId, body }: Document<Body>): Promise<void> {
    const { documents, endpoints } = this.#parts;
    for (;;) {
      const found = await documents.document<Body>(COLLECTION, id);
      // First the link: while it is there, its page can make its endpoint anew.
      if (found === null || (await documents.remove(COLLECTION, id, found.revision))) break;
    }
    await endpoints.removeIfThere(companyId, body.endpointId);
  }

  async #forgetOld(): Promise<void> {
    const { documents, now } = this.#parts;
    for (const { id, revision } of await documents.due<Body>(COLLECTION, now(), FORGET_MOST)) {
      await documents.remove(COLLECTION, id, revision);
    }
  }
}

/** The tracker's id, as frames of its page are to name it; `null` where they are not taken any more. */
export function identOfPage(tracker: Tracker | null, companyId: string): string | null {
  return tracker !== null && tracker.companyId === companyId && isPageable(tracker) ? tracker.trackerId : null;
}

function isPageable(tracker: Tracker): boolean {
  return isActive(tracker) && tracker.deletedAt === null && tracker.provider === 'html5';
}

function noPageFor(tracker: Tracker): string | null {
  const { trackerId, provider } = tracker;
  if (provider !== 'html5') return `tracker "${trackerId}" is of ${provider}: only trackers of html5 have a page`;
  return isActive(tracker) ? null : `tracker "${trackerId}" is disconnected: register it again first`;
}

function shown(id: string, { createdAt, expiresAt, openedAt }: Body): PageLink {
  return { id: id.slice(id.lastIndexOf('/') + 1), trackerOid: oidOf(id), createdAt, expiresAt, openedAt };
}

function oidOf(id: string): string {
  return id.slice(0, id.lastIndexOf('/'));
}

/** The same page has the same address for a link, so that one that asks twice gets one. */
function addressOf(endpointId: string, secret: string): string {
  return createHash('sha256').update(`${endpointId} ${secret}`).digest('base64url');
}

/** 256 random bits: a plain hash is enough. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
