import { randomBytes } from 'node:crypto';
import type { Clock } from '#model/clocks';
import type { Codec } from '#protocols/codec';
import type { CodecRegistry } from '#protocols/registry';
import { timedJournal } from './app-metrics.ts';
import { limitsOf, type Config, type ListenerConfig } from './config/schema.ts';
import { TcpListener } from './listen/tcp.ts';
import type { Ledger } from './observe/ledger.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Journal } from './session/journal.ts';
import { StreamSession } from './session/stream-session.ts';

/** What listeners and their sessions are given. */
export interface ListenerServices {
  config: Config;
  codecs: CodecRegistry;
  now: Clock;
  journal: Journal;
  ledger: Ledger;
  metrics: Metrics;
  isRegistered: (protocol: string, ident: string) => boolean;
}

/** A listener as the gateway drives it, whatever its transport. */
export interface RunningListener {
  readonly name: string;
  /** The port bound, also where the configuration said 0. */
  readonly port: number;
  readonly connections: number;
  /** Acks owed to devices: receipts that the journal has not given yet. */
  readonly owed: number;
  /** Stops taking connections and bytes. Acks still leave. */
  drain(): void;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Opens one configured listener. Rejects with `listener_bind`. */
export function openListener(listener: ListenerConfig, services: ListenerServices): Promise<RunningListener> {
  const { config, now, journal, ledger, metrics } = services;
  const { name, host, port, transport } = listener;
  const limits = limitsOf(config, listener);
  const timed = timedJournal(journal, metrics, now);
  const codecs = listener.protocols.map((protocol) => services.codecs.get(protocol) as Codec);
  return TcpListener.listen({
    name,
    host,
    port,
    limits,
    valve: journal,
    now,
    opened: () => metrics.count('connections_opened_total', { listener: name }),
    closed: (code) => metrics.count('connections_closed_total', { listener: name, code: code ?? 'none' }),
    open: (peer, peerName) =>
      new StreamSession({
        id: randomBytes(8).toString('hex'),
        listener: name,
        transport,
        peerName,
        codecs,
        limits,
        journal: timed,
        ledger,
        admits: (protocol, ident) => listener.unregistered === 'store' || services.isRegistered(protocol, ident),
        now,
        peer,
      }),
  });
}
