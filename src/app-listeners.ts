import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ErrorCode } from '#errors/codes';
import type { Codec } from '#protocols/codec';
import { certificatesOf } from './app-certificates.ts';
import { listenerLimits } from './app-limits.ts';
import { timedJournal } from './app-metrics.ts';
import type { ListenerServices, RunningListener } from './app-services.ts';
import { limitsOf, type ListenerConfig } from './config/schema.ts';
import { UDP_DEFAULTS } from './config/transport-schema.ts';
import { AddressRanges } from './listen/addresses.ts';
import { TcpListener } from './listen/tcp.ts';
import { UdpListener } from './listen/udp.ts';
import { MessageSession } from './session/message-session.ts';
import { Allowance, STRANGERS } from './session/allowance.ts';
import { StreamSession } from './session/stream-session.ts';

/** Opens all listeners and subscriptions of the configuration, and adds each to those there are. Rejects as `openListener` does. */
export async function openListeners(services: ListenerServices, open: RunningListener[]): Promise<void> {
  const { config, logger } = services;
  for (const listener of config.listeners) {
    const running = await openListener(listener, services);
    open.push(running);
    const { name, transport, host, protocols } = listener;
    logger.info({ listener: name, transport, host, port: running.port, protocols }, 'listening');
  }
  for (const subscription of config.subscriptions) {
    const { openSubscription } = await import('./app-mqtt.ts');
    open.push(openSubscription(subscription, services));
    const { name, url, topics, group } = subscription;
    logger.info({ listener: name, url, topics, group }, 'subscribing');
  }
}

/** Opens one configured listener. Rejects with `listener_bind`, or `config_invalid` where a file it names is of no use. */
async function openListener(listener: ListenerConfig, services: ListenerServices): Promise<RunningListener> {
  return OPENERS[listener.transport](listener, services);
}

function openTcp(listener: ListenerConfig, services: ListenerServices): Promise<RunningListener> {
  const { tls, proxyProtocol } = listener;
  const certificates = tls === undefined ? null : certificatesOf(listener.name, tls, services);
  const loadBalancers = proxyProtocol === undefined ? null : new AddressRanges(proxyProtocol.from);
  const { sessions, port } = partsOf(listener, services);
  return TcpListener.listen({
    ...port,
    isShared: services.sharesPorts,
    certificates,
    loadBalancers,
    open: (peer, peerName, clientName) =>
      new StreamSession({
        ...sessions,
        id: sessionId(),
        transport: tls === undefined ? 'tcp' : 'tls',
        peerName,
        ident: tls?.identFromClientCert === true ? clientName : null,
        peer,
        commands: services.commands,
      }),
  });
}

async function openUdp(listener: ListenerConfig, services: ListenerServices): Promise<RunningListener> {
  const { name, udp = UDP_DEFAULTS } = listener;
  // A UDP peer is no connection: a device that speaks from another port has taken nothing over.
  const {
    sessions: { takeover: _, ...sessions },
    port,
  } = partsOf(listener, services);
  const { ledger, logger } = services;
  const running = await UdpListener.listen({
    ...port,
    receiveBufferBytes: udp.receiveBufferBytes,
    waitingBytes: udp.waitingBytes,
    open: (peerName) =>
      new MessageSession({ ...sessions, id: sessionId(), transport: 'udp', peerName, ident: null, parcel: 'datagram' }),
    refused: (code) => {
      ledger.received(name, 'unknown');
      ledger.refused(name, 'unknown', code);
    },
  });
  const { receiveBufferBytes: granted } = running;
  if (granted < udp.receiveBufferBytes) {
    const asked = udp.receiveBufferBytes;
    logger.warn({ listener: name, asked, granted }, 'the kernel grants a smaller receive buffer: see net.core.rmem_max');
  }
  return running;
}

/** What a port and each of its sessions are given, whatever the transport. */
function partsOf(listener: ListenerConfig, services: ListenerServices) {
  const { config, now, journal, ledger, metrics, tap } = services;
  const { name, host, port, protocols, unregistered } = listener;
  const limits = limitsOf(config, listener);
  const { allowed, pacing, policy } = listenerLimits(listener, services);
  const strangers = new Allowance(STRANGERS, now);
  return {
    port: {
      name,
      host,
      port,
      limits,
      allowed,
      pacing,
      valve: journal,
      now,
      opened: () => metrics.count('connections_opened_total', { listener: name }),
      closed: (code: ErrorCode | null) => metrics.count('connections_closed_total', { listener: name, code: code ?? 'none' }),
    },
    sessions: {
      listener: name,
      codecs: protocols.map((protocol) => services.codecs.get(protocol) as Codec),
      limits,
      journal: timedJournal(journal, metrics, now),
      ledger,
      allows: (ident: string) => allowed.hasIdent(ident),
      takeover: { presence: services.presence, policy },
      admits: (protocol: string, ident: string) => unregistered === 'store' || services.isRegistered(protocol, ident),
      keepsStranger: () => strangers.take(),
      visits: services.visits,
      now,
      tap,
    },
  };
}

function sessionId(): string {
  return randomBytes(8).toString('hex');
}

/** The broker is loaded only where there is one. */
async function openMqtt(listener: ListenerConfig, services: ListenerServices): Promise<RunningListener> {
  const { openMqttListener } = await import('./app-mqtt.ts');
  return openMqttListener(listener, services);
}

const OPENERS = { tcp: openTcp, udp: openUdp, mqtt: openMqtt } as const;

const POLL_MS = 5;

/** Waits until no listener owes a device an ack, for so long at most. */
export async function acksLeft(listeners: readonly Pick<RunningListener, 'owed'>[], mostMs: number): Promise<void> {
  const until = performance.now() + mostMs;
  while (listeners.some(({ owed }) => owed > 0) && performance.now() < until) await pause(POLL_MS);
}
