import type { FrameRecord } from '#model/frame-record';
import type { NormalisedMessage } from '#model/normalised';
import { normalise, type NormaliseRules } from '../pipeline/normalise.ts';
import { Memory } from '../pipeline/memory.ts';
import { RecordIds } from '../pipeline/record-id.ts';
import { identOf, type Piece } from './piece.ts';
import { NO_RENAMING, type Renaming } from './renaming.ts';

/** A message as the pipeline would store it, but for its tracker, which a replay does not look up. */
export interface ReplayedMessage {
  piece: Piece;
  /** Number of its frame in the capture, from 1. */
  frame: number;
  message: NormalisedMessage;
  /** It was in the capture before: a device that got no ack has sent it again. */
  resend: boolean;
}

export interface MessageOptions {
  rules: NormaliseRules;
  renaming?: Renaming;
}

/** Messages that are remembered to tell a resend. */
const REMEMBERED = 200_000;

/** Gives the messages of pieces as the pipeline makes them: times repaired, in canonical units, each with its record id. */
export class MessageMaker {
  readonly #rules: NormaliseRules;
  readonly #renaming: Renaming;
  readonly #memory = new Memory(REMEMBERED);
  readonly #ids = new RecordIds();
  #frames = 0;

  constructor({ rules, renaming = NO_RENAMING }: MessageOptions) {
    this.#rules = rules;
    this.#renaming = renaming;
  }

  of(piece: Piece): ReplayedMessage[] {
    if (piece.kind === 'idle') return [];
    const frame = ++this.#frames;
    const { codec, decoded } = piece;
    if (codec === null || decoded === null || decoded.messages.length === 0) return [];
    const record = recordOf(piece);
    const filed = identOf(piece);
    return decoded.messages.map((stated, index) => {
      const ident = this.#renaming.of(stated.ident ?? filed);
      const owner = { ident, tracker: null, ids: this.#ids.of(codec.name, ident) };
      const message = normalise(stated, index, record, owner, this.#rules);
      this.#memory.pairing.take(message, codec.name, frame);
      const resend = this.#memory.recent.seen(message.recordIdHi, message.recordIdLo, message.deviceTime);
      return { piece, frame, message, resend };
    });
  }
}

/** The piece as a record of the spool. What was refused has its fault, and is not decoded again. */
export function recordOf({
  at,
  transport,
  listener,
  peer,
  sessionId,
  companyId,
  kind,
  codec,
  context,
  bytes,
  faults,
}: Piece): FrameRecord {
  const refused = kind === 'refused' || kind === 'incomplete' ? faults[0] : undefined;
  return {
    receivedAt: at,
    transport,
    listener,
    peer,
    sessionId,
    ...(companyId === undefined ? {} : { companyId }),
    protocol: codec?.name ?? 'unknown',
    codecVersion: codec?.version ?? 0,
    ident: context.ident,
    dialect: context.dialect,
    fault: refused?.code ?? null,
    faultDetail: refused?.detail ?? null,
    frame: bytes,
  };
}

/** The id of a message as text: 16 hex digits. */
export function recordIdText({ recordIdHi, recordIdLo }: Pick<NormalisedMessage, 'recordIdHi' | 'recordIdLo'>): string {
  return [recordIdHi, recordIdLo].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
