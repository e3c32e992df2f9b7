import { randomBytes } from 'node:crypto';
import type { Codec } from '#protocols/codec';
import { timedJournal } from './app-metrics.ts';
import { openMqttListener } from './app-mqtt.ts';
import type { ListenerServices, RunningListener } from './app-services.ts';
import { limitsOf, type ListenerConfig } from './config/schema.ts';
import { TcpListener } from './listen/tcp.ts';
import { StreamSession } from './session/stream-session.ts';

/** Opens one configured listener. Rejects with `listener_bind`. */
export function openListener(listener: ListenerConfig, services: ListenerServices): Promise<RunningListener> {
  const { config, now, journal, ledger, metrics } = services;
  const { name, host, port, transport } = listener;
  if (transport === 'mqtt') return openMqttListener(listener, services);
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
