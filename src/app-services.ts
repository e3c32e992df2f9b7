import type { Clock } from '#model/clocks';
import type { CodecRegistry } from '#protocols/registry';
import type { Config } from './config/schema.ts';
import type { Ledger } from './observe/ledger.ts';
import type { Logger } from './observe/logger.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Membership } from './processes/membership.ts';
import type { Disk } from './spool/disk.ts';
import type { CommandDesk } from './session/command-line.ts';
import type { TrackerPaces } from './listen/pace.ts';
import type { Presence } from './session/presence.ts';
import type { Journal } from './session/journal.ts';
import type { VisitLog } from './session/visit.ts';
import type { SessionTap } from './session/tap.ts';

/** What a gateway is given from outside. */
export interface GatewayOptions {
  /** Absent: those of this version, with the tables of the configuration. */
  codecs?: CodecRegistry;
  config: Config;
  logger: Logger;
  /** Version of the gateway, for metrics. */
  version: string;
  /** Tests put a disk here that can fail. */
  disk?: Disk;
  /** What it knows of the others where it is one of several processes. */
  member?: Membership;
  now?: Clock;
}

/** What listeners and their sessions are given. */
export interface ListenerServices {
  config: Config;
  logger: Logger;
  /** Identifies this gateway's spool, and so this gateway among others. */
  spoolId: string;
  codecs: CodecRegistry;
  now: Clock;
  journal: Journal;
  ledger: Ledger;
  metrics: Metrics;
  /** Sends commands to the devices of sessions. */
  commands: CommandDesk;
  /** Remembers who connected. */
  visits: VisitLog;
  isRegistered: (protocol: string, ident: string) => boolean;
  /** What trackers have spent of their pace. */
  paces: TrackerPaces;
  /** Which devices are connected. */
  presence: Presence;
  /** TCP ports are shared with other processes. */
  sharesPorts: boolean;
  /** Listens in on sessions for captures. */
  tap: SessionTap;
}

/** A listener as the gateway drives it, whatever its transport. */
export interface RunningListener {
  readonly name: string;
  /** The port bound, also where the configuration said 0. */
  readonly port: number;
  readonly connections: number;
  /** Acks owed to devices: receipts that the journal has not given yet. */
  readonly owed: number;
  /** Of a UDP port: datagrams the kernel threw away, `null` where it does not tell. */
  readonly kernelDrops?: number | null;
  /** Of a UDP port: receive buffer that the kernel has granted, bytes. */
  readonly receiveBufferBytes?: number;
  /** Stops taking connections and bytes. Acks still leave. */
  drain(): void;
  /** Ends all connections. */
  close(): Promise<void>;
}
