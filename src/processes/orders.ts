/** What the supervisor and its processes say to each other, over the channel that only they have. */
import type { ErrorCode } from '#errors/codes';
import type { Config } from '../config/schema.ts';

/** Where ClickHouse answers, with the secret that an embedded engine demands. */
export interface EngineAt {
  url: string;
  headers: Record<string, string>;
}

/** ClickHouse as all processes find it. */
export interface ReachedEngine {
  /** `null` where it is a server, which each reaches by itself. */
  at: EngineAt | null;
  /** How often the engine was started again. */
  restarts: number;
}

/** What a process is told first: all it needs, secrets included, which are on no command line and in no file. */
export interface Duty {
  /** Its number, from 1. */
  seat: number;
  /** It takes devices in; otherwise it sees that what its spool holds is stored. */
  serves: boolean;
  config: Config;
  version: string;
  /** Folders in which the other processes say where they answer. */
  others: readonly string[];
}

export type Order =
  | { order: 'start'; duty: Duty }
  | { order: 'clickhouse'; engine: ReachedEngine }
  /** What of the other processes is missing. */
  | { order: 'others'; missing: readonly string[] }
  /** A device has connected to another process at a moment, where the newest connection takes the place of all others. */
  | { order: 'displace'; ident: string; at: number }
  | { order: 'stop' };

/** A process that takes devices in, or holds what it has. */
export interface Started {
  /** By the listener's name. */
  ports: Readonly<Record<string, number>>;
  adminPort: number;
  apiPort: number;
  /** The key that was made, because there was none. */
  firstKey: { secret: string; file: string } | null;
}

export type Report =
  | { report: 'started'; started: Started }
  /** It could not start, and ends. */
  | { report: 'failed'; code: ErrorCode | null; message: string }
  | { report: 'readiness'; missing: readonly string[] }
  /** Its event loop turns: told again and again. */
  | { report: 'alive' }
  | { report: 'claimed'; ident: string; at: number }
  /** Its spool holds nothing, and nothing waits for it. */
  | { report: 'empty' };
