/** Opens the admin port: what it shows, and what the command line asks it. */
import { captureFeed, guarded } from './app-capture.ts';
import { answersOf, joinedWitness, tailFeed, witnessOf, type WitnessParts } from './app-witness.ts';
import type { Tap } from './capture/live/tap.ts';
import type { Config } from './config/schema.ts';
import { openAdmin, type Admin } from './observe/admin.ts';
import type { LiveFeed } from './observe/live.ts';
import type { Logger } from './observe/logger.ts';
import type { Metrics } from './observe/metrics.ts';
import type { ReadinessCheck } from './observe/readiness.ts';
import type { GatewayStatus } from './observe/status.ts';
import type { Membership } from './processes/membership.ts';
import type { Witness } from './store/explain.ts';

interface AdminParts {
  config: Pick<Config, 'admin'>;
  logger: Logger;
  /** What this process has seen itself. */
  seen: WitnessParts;
  member: Membership | undefined;
  status: () => Promise<GatewayStatus>;
  metrics: Metrics;
  readiness: readonly ReadinessCheck[];
  tap: Tap;
  live: LiveFeed;
}

/** Opens it, and gives who answers what a running gateway knows. Rejects with `listener_bind`. */
export async function openAdminPort(parts: AdminParts): Promise<{ admin: Admin; witness: Witness }> {
  const { config, logger, seen, member, status, metrics, readiness, tap, live } = parts;
  const own = witnessOf(seen);
  const witness = member === undefined ? own : joinedWitness(own, member.others);
  const admin = await openAdmin(config.admin, {
    logger,
    refused: (code) => metrics.count('http_refused_total', { port: 'admin', code }),
    metrics,
    answers: answersOf(own, seen, status),
    feeds: {
      '/capture': guarded(config.admin, captureFeed(tap)),
      '/tail': guarded(config.admin, tailFeed(live)),
    },
    readiness,
  });
  return { admin, witness };
}
