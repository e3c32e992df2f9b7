/** Puts together what looks into the quarantine, for the API and the command line. */
import { GatewayError } from '#errors/gateway-error';
import type { Clock } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import { decodersOf } from '#protocols/all';
import type { CodecRegistry } from '#protocols/registry';
import { readGate } from './app-consent.ts';
import { reading } from './app-telemetry.ts';
import { sinkSettingsOf, type Config } from './config/schema.ts';
import type { Metrics } from './observe/metrics.ts';
import { providerTable } from './providers/table.ts';
import { QuarantineDesk } from './quarantine/desk.ts';
import { ownersOf } from './quarantine/owners.ts';
import { retryFrames, type Retried } from './quarantine/retry.ts';
import { waitingFrames } from './quarantine/waiting.ts';
import type { QuarantinedFrame } from './reading/quarantine.ts';
import type { Rows } from './reading/rows.ts';
import type { SealedBox } from './secrets/sealed-box.ts';
import type { ClickHouse } from './sink/clickhouse/clickhouse.ts';
import type { Connection } from './sink/clickhouse/connection.ts';
import type { Spool } from './spool/spool.ts';
import type { Store } from './store/store.ts';

export interface QuarantineParts {
  config: Pick<Config, 'pipeline' | 'providers'> & {
    clickhouse: Omit<Config['clickhouse'], 'dir'>;
    spool: Pick<Config['spool'], 'dir'>;
  };
  codecs: CodecRegistry;
  store: Pick<Store, 'documents' | 'trackersCalled'>;
  secrets: SealedBox;
  /** The ClickHouse that is read, and the one that is written to; `null` until it was reached. */
  rows: () => Rows | null;
  connection: () => Connection | null;
  /** Folders of the spools in which frames wait; the one of the configuration where they are left out. */
  spools?: readonly string[];
  /** Records of a spool before this one are not looked at. */
  notBefore: () => SpoolSeq;
  onRetried?: (retried: readonly Retried[]) => void;
  now: Clock;
}

/** Records waiting in the spool that a question looks at, the newest: reading all of a day would take minutes. */
const WAITING_LOOKED_AT = 20_000;

/** The quarantine of a running gateway. */
export function gatewayQuarantine(
  parts: Omit<QuarantineParts, 'rows' | 'connection' | 'notBefore' | 'onRetried'> & {
    spool: Pick<Spool, 'committedSeq'>;
    metrics: Metrics;
    /** `null` until it was reached. */
    clickhouse: () => ClickHouse | null;
  },
): QuarantineDesk {
  const { spool, metrics, clickhouse } = parts;
  return quarantineDesk({
    ...parts,
    rows: () => clickhouse()?.reading ?? null,
    connection: () => clickhouse()?.connection ?? null,
    notBefore: () => spool.committedSeq - WAITING_LOOKED_AT,
    onRetried: (retried) => {
      for (const { result } of retried) metrics.count('quarantine_retries_total', { result });
    },
  });
}

export function quarantineDesk(parts: QuarantineParts): QuarantineDesk {
  const { config, codecs, store, rows, notBefore, now } = parts;
  const { spools = [config.spool.dir] } = parts;
  const providers = providerTable(config.providers);
  const decoders = decodersOf(codecs);
  const owners = async (frames: readonly QuarantinedFrame[]): Promise<QuarantinedFrame['tracker'][]> => {
    const found = await ownersOf(
      store,
      providers,
      frames.map(({ ident }) => ident),
    );
    return frames.map(({ protocol, ident, companyId }) => {
      const tracker = found.at(protocol, ident, now(), companyId === '' ? undefined : companyId);
      return tracker === null ? null : { oid: tracker.oid, trackerId: tracker.trackerId, companyId: tracker.companyId };
    });
  };
  return new QuarantineDesk({
    reading: (read) => reading(rows, read),
    database: config.clickhouse.database,
    bindings: Object.entries(providers).flatMap(([name, { protocols }]) => protocols.map((protocol) => `${protocol}/${name}`)),
    waiting: async (filter) => {
      const options = { decoders, owners, notBefore: notBefore() };
      const found = await Promise.all(spools.map((directory) => waitingFrames({ ...options, directory }, filter)));
      return found.flat().sort((a, b) => b.receivedAt - a.receivedAt);
    },
    retry: (frames) => retry(parts, frames),
  });
}

/** Longest time that one request's frames are given to be stored, ms. */
const RETRY_WITHIN_MS = 60_000;

async function retry(parts: QuarantineParts, frames: readonly QuarantinedFrame[]): Promise<Retried[]> {
  const { config, codecs, store, secrets, now, onRetried } = parts;
  if (frames.length === 0) return [];
  const connection = parts.connection();
  if (connection === null) throw new GatewayError('sink_unreachable', 'ClickHouse was not reached yet');
  const retried = await reading(
    () => connection,
    () =>
      retryFrames(
        frames,
        {
          connection,
          decoding: { codecs, decoders: decodersOf(codecs) },
          registry: store,
          providers: providerTable(config.providers),
          rules: config.pipeline,
          sink: sinkSettingsOf(config.clickhouse),
          gate: (spoolId) => readGate(store.documents, secrets, spoolId),
          now,
        },
        AbortSignal.timeout(RETRY_WITHIN_MS),
      ),
  );
  onRetried?.(retried);
  return retried;
}
