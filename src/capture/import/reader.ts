import type { EpochMs } from '#model/clocks';
import type { Transport } from '#model/frame-record';
import type { CaptureEntry } from '../entry.ts';
import { utcTime, type LocalTime } from './times.ts';
import type { TransferReport } from './report.ts';

/** How the text of a payload is to be read. */
export const PAYLOADS = ['auto', 'hex', 'base64', 'text'] as const;
export type PayloadForm = (typeof PAYLOADS)[number];

/** What is known of a source besides its bytes. */
export interface ReadOptions {
  /** Codec of entries whose source names none. */
  protocol: string | null;
  /** Device of entries whose source names none; CAN frames travel under it. */
  ident: string | null;
  /** How the bytes came, where the source does not say. */
  transport: Transport;
  /** Ports of the gateway, with their codec where it is known. Where there are any, packets of others are not taken. */
  ports: ReadonlyMap<number, string | null>;
  /** Turns the times of a log that says no time zone into UTC. */
  localTime: LocalTime;
  /** Time of entries whose source gives none. */
  at: EpochMs;
  /** Topics of MQTT dumps, with `{ident}` and `{protocol}`, besides the gateway's own. */
  topics: readonly string[];
  payload: PayloadForm;
  /** CAN frames of so much time make one record. */
  canWindowMs: number;
}

/** What is assumed where nothing is said. */
export const DEFAULTS: ReadOptions = {
  protocol: null,
  ident: null,
  transport: 'tcp',
  ports: new Map(),
  localTime: utcTime,
  at: 0,
  topics: [],
  payload: 'auto',
  canWindowMs: 1_000,
};

/**
 * Takes a source apart as its bytes come, in whatever pieces. It keeps a bounded amount of them, throws nothing but
 * `GatewayError`, and says in the report what it could not take. Entries own their bytes.
 */
export interface EntryReader {
  push(chunk: Uint8Array): CaptureEntry[];
  /** The source has ended: gives what was waited with. */
  end(): CaptureEntry[];
}

export type MakeReader = (options: ReadOptions, report: TransferReport) => EntryReader;
