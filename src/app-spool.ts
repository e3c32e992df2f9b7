/** Opens the spool of a gateway, and has what it does counted and told. */
import type { GatewayOptions } from './app-services.ts';
import type { Metrics } from './observe/metrics.ts';
import { openSpool, type Spool } from './spool/spool.ts';

/** Rejects with `spool_locked` or `spool_io`. */
export function openGatewaySpool({ config, logger, disk, now = Date.now }: GatewayOptions, metrics: Metrics): Promise<Spool> {
  const { dir: directory, segmentBytes, budgetBytes, retentionMs: ageMs, retentionBytes: bytes } = config.spool;
  return openSpool({
    directory,
    segmentBytes,
    budgetBytes,
    retention: { ageMs, bytes },
    now,
    onFault: (code, detail) => {
      metrics.count('errors_total', { code });
      logger.error({ code }, detail);
    },
    onCommit: (seconds) => metrics.observe('spool_sync_seconds', seconds),
    ...(disk === undefined ? {} : { disk }),
  });
}
