/** Puts MQTT listeners and subscriptions together. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ErrorCode } from '#errors/codes';
import { GatewayError } from '#errors/gateway-error';
import { PUSH_DECODERS } from '#protocols/all';
import type { Codec } from '#protocols/codec';
import { wholeFrames } from '#protocols/whole-frames';
import { certificatesOf } from './app-certificates.ts';
import { listenerLimits } from './app-limits.ts';
import { timedJournal } from './app-metrics.ts';
import type { ListenerServices, RunningListener } from './app-services.ts';
import { limitsOf, type ListenerConfig, type SubscriptionConfig } from './config/schema.ts';
import { WatchedCredentials } from './listen/mqtt/credentials-file.ts';
import { MqttListener } from './listen/mqtt/listener.ts';
import { MqttSubscriber } from './listen/mqtt/subscriber.ts';
import { TOPIC_IDENT } from './listen/mqtt/topics.ts';
import { WatchedAccess } from './listen/mqtt/watched-access.ts';
import type { ParcelSession } from './listen/parcel-session.ts';
import { MessageSession } from './session/message-session.ts';

/**
 * A client resends the very bytes it holds, and sends nothing else until they are acknowledged: that a corrupt frame comes
 * again says nothing new. So it is acknowledged out of quarantine the first time.
 */
export const REFUSED_RESENDS_BEFORE_ACK = 1;

/** Opens an MQTT port. Rejects with `listener_bind`, or `config_invalid` where a file that the configuration names is of no use. */
export async function openMqttListener(listener: ListenerConfig, services: ListenerServices): Promise<RunningListener> {
  const { name, host, port, protocols, tls, mqtt } = listener;
  const { config, journal, now, logger } = services;
  if (mqtt === undefined) throw new GatewayError('config_invalid', `listener "${name}" has no settings for MQTT`);
  const { certificates: believesCertificates, credentials, credentialsFile, webSocket } = mqtt;
  const { maxPacketBytes: packetBytes, maxTopicBytes: topicBytes, subscriptions, publishesInFlight } = mqtt;
  const { allowed, pacing, policy } = listenerLimits(listener, services);
  const { presence } = services;
  const logins = usable(
    name,
    () =>
      new WatchedCredentials({
        fixed: credentials.map(({ username, passwordHash, ident }) => ({ username, passwordHash, ident: ident ?? username })),
        file: credentialsFile ?? null,
        certificates: believesCertificates,
        onFault: (error) => logger.error({ err: error, listener: name }, 'the changed credentials are of no use'),
      }),
  );
  return MqttListener.listen({
    name,
    host,
    port,
    certificates: tls === undefined ? null : certificatesOf(name, tls, services),
    logins,
    webSocket,
    limits: { ...limitsOf(config, listener), packetBytes, topicBytes, subscriptions, publishesInFlight },
    allowed,
    pacing,
    allowsBoth: policy === 'both',
    claim: (ident, link) => presence.claim(ident, link, policy),
    leave: (ident, link) => presence.leave(ident, link),
    protocols,
    valve: journal,
    now,
    open: (sender) => openSession(listener, services, sender),
    ...counters(name, services),
  });
}

/** Subscribes to a broker elsewhere, and goes on trying where it is away. Throws `config_invalid` where a file is of no use. */
export function openSubscription(subscription: SubscriptionConfig, services: ListenerServices): RunningListener {
  const { name, url, topics, group, shared, connections, protocolVersion, sessionExpiryMs, username } = subscription;
  const { password, passwordFile, caFile, certFile, keyFile } = subscription;
  const { journal, logger, spoolId } = services;
  const fixed = usable(name, () => ({
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
  }));
  const onFault = (err: unknown): void => logger.error({ err, listener: name }, 'the changed password cannot be read');
  const access = usable(name, () => new WatchedAccess({ fixed, passwordFile: passwordFile ?? null, onFault }));
  return new MqttSubscriber({
    name,
    url,
    topics,
    group: shared ? group : null,
    connections,
    clientId: subscription.clientId ?? `odograph-${name}-${spoolId}`,
    protocolVersion,
    sessionExpiryMs,
    access,
    valve: journal,
    open: (sender) => openSession(subscription, services, sender),
    failed: (error) => logger.error({ code: 'listener_unreachable', err: error, listener: name }, 'the broker cannot be used'),
    ...counters(name, services),
  });
}

/** What is told of a sender before its first frame: device, protocol and dialect, `null` where only the frames tell. */
interface Sender {
  peerName: string;
  ident: string | null;
  protocol: string | null;
  dialect?: string | null;
}

/** Makes the session of a sender; `null`, and counted, where it may not come in. */
function openSession(
  { name, protocols, unregistered, limits }: ListenerConfig | (SubscriptionConfig & { limits?: undefined }),
  services: ListenerServices,
  { peerName, ident, protocol, dialect = null }: Sender,
): ParcelSession | null {
  const { config, journal, ledger, metrics, now, tap } = services;
  const { refused } = counters(name, services);
  const refuse = (code: ErrorCode): null => {
    // A name that the sender has made up must not become a row of the ledger.
    refused(protocol !== null && protocols.includes(protocol) ? protocol : 'unknown', code);
    return null;
  };
  if (protocol !== null && !protocols.includes(protocol)) return refuse('session_foreign_topic');
  if (ident !== null && !TOPIC_IDENT.test(ident)) return refuse('session_foreign_topic');
  const admits = (of: string, device: string) => unregistered === 'store' || services.isRegistered(of, device);
  if (ident !== null && protocol !== null && !admits(protocol, ident)) return refuse('session_unknown_ident');
  const names = protocol === null ? protocols : [protocol];
  return new MessageSession({
    id: randomBytes(8).toString('hex'),
    listener: name,
    transport: 'mqtt',
    peerName,
    codecs: names.map((of) => codecOf(of, services)),
    ident,
    dialect,
    parcel: 'stream',
    limits: { ...limitsOf(config, { limits }), refusedResendsBeforeAck: REFUSED_RESENDS_BEFORE_ACK },
    journal: timedJournal(journal, metrics, now),
    ledger,
    visits: services.visits,
    admits,
    now,
    tap,
  });
}

/** The codec of a protocol. To what a cloud pushes a publish is one frame. */
function codecOf(protocol: string, { codecs }: ListenerServices): Codec {
  const pushed = PUSH_DECODERS.get(protocol);
  return pushed === undefined ? (codecs.get(protocol) as Codec) : wholeFrames(pushed);
}

function counters(name: string, { ledger, metrics }: ListenerServices) {
  return {
    opened: () => metrics.count('connections_opened_total', { listener: name }),
    closed: (code: ErrorCode | null) => metrics.count('connections_closed_total', { listener: name, code: code ?? 'none' }),
    unacknowledged: () => metrics.count('mqtt_unacknowledged_total', { listener: name }),
    refused: (protocol: string, code: ErrorCode) => {
      ledger.received(name, protocol);
      ledger.refused(name, protocol, code);
    },
  };
}

/** Reads files of the configuration; what is wrong with them is told as a fault of the configuration. */
function usable<Read>(name: string, read: () => Read): Read {
  try {
    return read();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GatewayError('config_invalid', `a file of "${name}" is of no use: ${why}`, { cause: error });
  }
}
