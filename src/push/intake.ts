/**
 * Takes what clouds push: proves whose it is, tells a repetition, makes the raw body durable, and only then lets it be answered as
 * received. Nothing is parsed before it is proven.
 */
import type { Clock } from '#model/clocks';
import type { FrameRecord } from '#model/frame-record';
import type { ErrorCode } from '#errors/codes';
import type { Admission, Decoder, SessionContext } from '#protocols/codec';
import type { DecoderRegistry } from '#protocols/registry';
import type { Journal } from '../session/journal.ts';
import type { SessionTap } from '../session/tap.ts';
import type { OpenEndpoint, PushEndpoints } from './endpoints.ts';
import { refusalOf, type Claim } from './proof.ts';
import { seenName, type SeenMessages } from './seen.ts';
import { newSessionId } from './session-ids.ts';

/** Counts what came and how it ended; frames that went into the spool are settled by the pipeline. */
export interface PushLedger {
  received(listener: string, protocol: string): void;
  refused(listener: string, protocol: string, code: ErrorCode): void;
  settled(listener: string, protocol: string, column: 'duplicate'): void;
}

export interface PushIntakeOptions {
  endpoints: PushEndpoints;
  decoders: DecoderRegistry;
  seen: SeenMessages;
  journal: Journal;
  ledger: PushLedger;
  /** Wire ident of a tracker of the company; `null` where it is there no more, or disconnected. */
  identOf: (companyId: string, trackerOid: string) => Promise<string | null>;
  now: Clock;
  /** Spends of what an endpoint may send, and gives how long it has to wait instead, ms; 0 where it may. Nobody waits without it. */
  waitMs?: (endpointId: string, bytes: number) => number;
  /** Who listens in; nobody where it is left out. */
  tap?: SessionTap;
}

/** One request to an endpoint. */
export interface PushRequest extends Claim {
  /** Last part of the address. */
  token: string;
  /** Remote address and port. */
  peer: string;
}

/** How a request ended. `protocol` is the decoder of its endpoint, by which it is answered. */
export type PushOutcome =
  /** No endpoint has this address. */
  | { kind: 'unknown' }
  /** It does not prove what the endpoint asks for. */
  | { kind: 'forged'; protocol: string; why: string }
  /** The tracker of its endpoint is disconnected or deleted. */
  | { kind: 'ended'; protocol: string }
  | { kind: 'too-long'; protocol: string; mostBytes: number }
  /** More comes than the endpoint may send: it must be sent again, not before that time has passed. */
  | { kind: 'too-fast'; protocol: string; waitMs: number }
  /** Nothing is taken now: it must be sent again. */
  | { kind: 'busy'; protocol: string }
  /** The disk refused it: it must be sent again. */
  | { kind: 'lost'; protocol: string }
  /** It is durable, or was before. `faults` are what could not be read: sending it again would not help. */
  | { kind: 'taken'; protocol: string; repeated: boolean; reply: Uint8Array | null; faults: readonly string[] };

/** Name of the listener in ledger, metrics and rows. */
const PUSH_LISTENER = 'push';

/** What is to be known of a body before it is durable. */
interface Read extends Admission {
  reply: Uint8Array | null;
  faults: readonly string[];
}

/** Most bodies are fine, and need not be decoded to say so: the pipeline does that, from the spool. */
function read(decoder: Decoder, body: Uint8Array, ident: string | null): Read {
  const context: SessionContext = { ident, dialect: null, transport: 'http' };
  const admitted = decoder.admit?.(body, context) ?? null;
  if (admitted !== null) return { ...admitted, reply: null, faults: [] };
  const { dialect, pushed, reply, faults } = decoder.decode(body, context);
  return { dialect, dedupeKeys: pushed?.dedupeKeys ?? [], reply, faults: faults.map(({ detail }) => detail) };
}

export class PushIntake {
  readonly #options: PushIntakeOptions;
  /** Requests on their way to the disk. */
  #owed = 0;
  #closed = false;

  constructor(options: PushIntakeOptions) {
    this.#options = options;
  }

  /** Requests that are not answered yet. */
  get owed(): number {
    return this.#owed;
  }

  /** Takes nothing more. */
  drain(): void {
    this.#closed = true;
  }

  /** Writes what is still to be written. */
  async close(): Promise<void> {
    this.drain();
    await this.#options.seen.close();
  }

  /** Takes one request. Rejects with `store_io` where it cannot be told whose the address is. */
  async take(request: PushRequest): Promise<PushOutcome> {
    const { endpoints, decoders, now } = this.#options;
    const endpoint = await endpoints.at(request.token);
    const decoder = endpoint === null ? undefined : decoders.get(endpoint.protocol);
    if (endpoint === null || decoder === undefined) {
      this.#refuse('unknown', 'push_unknown');
      return { kind: 'unknown' };
    }
    const protocol = decoder.name;
    const why = refusalOf(endpoint.rule, request, now());
    if (why !== null) {
      this.#refuse(protocol, 'push_proof');
      return { kind: 'forged', protocol, why };
    }
    if (request.body.length > decoder.maxFrameBytes) {
      this.#refuse(protocol, 'wire_length');
      return { kind: 'too-long', protocol, mostBytes: decoder.maxFrameBytes };
    }
    const waitMs = this.#options.waitMs?.(endpoint.id, request.body.length) ?? 0;
    if (waitMs > 0) {
      this.#refuse(protocol, 'session_rate');
      return { kind: 'too-fast', protocol, waitMs };
    }
    const ident = await this.#identOf(endpoint);
    if (ident === 'ended') {
      this.#refuse(protocol, 'push_unknown');
      return { kind: 'ended', protocol };
    }
    return this.#takeProven({ ...endpoint, ...ident }, decoder, request);
  }

  /** Whose data comes there: an id can be corrected until it is validated, so it is asked for each time. */
  async #identOf({ companyId, trackerOid, ident }: OpenEndpoint): Promise<{ ident: string | null } | 'ended'> {
    if (trackerOid === null) return { ident };
    const present = await this.#options.identOf(companyId, trackerOid);
    return present === null ? 'ended' : { ident: present };
  }

  async #takeProven(endpoint: OpenEndpoint, decoder: Decoder, request: PushRequest): Promise<PushOutcome> {
    const { seen, ledger, journal } = this.#options;
    const protocol = decoder.name;
    const sessionId = newSessionId();
    this.#tell('in', endpoint, decoder, sessionId, request.peer, request.body);
    const { dialect, dedupeKeys, reply, faults } = read(decoder, request.body, endpoint.ident);
    const scope = `${endpoint.companyId}/${protocol}`;
    const names = dedupeKeys.map((name) => seenName(scope, name));
    const taken = { kind: 'taken', protocol, reply, faults } as const;
    if (await seen.all(names)) {
      ledger.received(PUSH_LISTENER, protocol);
      ledger.settled(PUSH_LISTENER, protocol, 'duplicate');
      return { ...taken, repeated: true };
    }
    if (this.#closed || !journal.accepting) {
      this.#refuse(protocol, 'spool_full');
      return { kind: 'busy', protocol };
    }
    if (!(await this.#journalled(endpoint, decoder, dialect, sessionId, request))) return { kind: 'lost', protocol };
    seen.note(names);
    if (reply !== null) this.#tell('out', endpoint, decoder, sessionId, request.peer, reply);
    return { ...taken, repeated: false };
  }

  /** Makes the body durable; false where the disk refused it. */
  #journalled(
    endpoint: OpenEndpoint,
    decoder: Decoder,
    dialect: string | null,
    sessionId: string,
    { body, peer }: PushRequest,
  ): Promise<boolean> {
    const { journal, ledger, now } = this.#options;
    const record: FrameRecord = {
      receivedAt: now(),
      transport: 'http',
      listener: PUSH_LISTENER,
      peer,
      sessionId,
      protocol: decoder.name,
      codecVersion: decoder.version,
      ident: endpoint.ident,
      dialect,
      companyId: endpoint.companyId,
      fault: null,
      faultDetail: null,
      frame: body,
    };
    ledger.received(PUSH_LISTENER, decoder.name);
    this.#owed++;
    return new Promise((resolve) => {
      const settle = (durable: boolean): void => {
        this.#owed--;
        if (!durable) ledger.refused(PUSH_LISTENER, decoder.name, 'spool_io');
        resolve(durable);
      };
      journal.append(
        record,
        () => settle(true),
        () => settle(false),
      );
    });
  }

  /** Tells whoever listens in of a proven body, and of the protocol's answer to it. */
  #tell(
    direction: 'in' | 'out',
    { ident, companyId }: OpenEndpoint,
    { name: protocol }: Decoder,
    sessionId: string,
    peer: string,
    bytes: Uint8Array,
  ): void {
    const { tap } = this.#options;
    if (tap?.isOpen !== true) return;
    const way = { sessionId, transport: 'http', listener: PUSH_LISTENER, peer } as const;
    tap.tell(direction, { ...way, protocol, ident, dialect: null, companyId }, bytes);
  }

  #refuse(protocol: string, code: ErrorCode): void {
    const { ledger } = this.#options;
    ledger.received(PUSH_LISTENER, protocol);
    ledger.refused(PUSH_LISTENER, protocol, code);
  }
}
