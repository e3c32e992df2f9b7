/** Limits of listeners: who may come in, how fast, and how often; each refusal is counted, and some of them are logged. */
import type { ListenerServices } from './app-services.ts';
import { limitsOf, type ListenerConfig } from './config/schema.ts';
import { AllowList } from './listen/allow-list.ts';
import type { Pacing } from './listen/pace.ts';
import type { Logger } from './observe/logger.ts';
import type { Metrics } from './observe/metrics.ts';
import { Allowance, LOG_LINES } from './session/allowance.ts';
import { Presence, type TakeoverPolicy } from './session/presence.ts';
import type { Clock } from '#model/clocks';

/** What a listener's connections are held to. */
export interface ListenerLimits {
  allowed: AllowList;
  pacing: Pacing;
  policy: TakeoverPolicy;
}

/** Makes the limits of a listener. */
export function listenerLimits(listener: ListenerConfig, services: ListenerServices): ListenerLimits {
  const { name, tls, transport, takeover } = listener;
  const { config, metrics, logger, now, paces } = services;
  const lines = new Allowance(LOG_LINES, now);
  const isProven = transport === 'mqtt' || tls?.identFromClientCert === true;
  return {
    allowed: new AllowList(listener.allow ?? {}),
    policy: takeover ?? (isProven ? 'newest' : 'both'),
    pacing: {
      limits: limitsOf(config, listener),
      trackers: paces,
      // A wall clock that is set back would leave everybody unread until it is there again.
      now: () => performance.now(),
      slowed: (reason, waitMs, { peerName, ident }) => {
        metrics.count('slowed_total', { listener: name, reason });
        metrics.count('slowed_seconds_total', { listener: name, reason }, waitMs / 1_000);
        if (!lines.take()) return;
        const what = waitMs > 0 ? 'left unread for a while: it sends too fast' : 'a datagram refused: it sends too fast';
        logger.info({ code: 'session_rate', listener: name, reason, peer: peerName, ident, waitMs: Math.round(waitMs) }, what);
      },
    },
  };
}

/** Knows which devices are connected, and counts and logs where one is so twice. */
export function watchedPresence(
  metrics: Metrics,
  logger: Logger,
  now: Clock,
  onNewest?: (ident: string, at: number) => void,
): Presence {
  const lines = new Allowance(LOG_LINES, now);
  return new Presence(({ ident, newer, older, policy }) => {
    const { listener, peerName: peer } = newer;
    metrics.count('takeovers_total', { listener, policy });
    if (!lines.take()) return;
    const facts = { ident, listener, peer, other: older.peerName, otherListener: older.listener, policy };
    logger.warn(facts, 'a device is connected a second time');
  }, onNewest);
}
