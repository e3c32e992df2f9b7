/** Puts the taking in of what clouds push together. */
import { PUSH_DECODERS } from '#protocols/all';
import type { Clock } from '#model/clocks';
import type { PushServices } from './api/services.ts';
import { timedJournal } from './app-metrics.ts';
import { identOfPage } from './html5/links.ts';
import type { Config } from './config/schema.ts';
import type { Ledger } from './observe/ledger.ts';
import type { Logger } from './observe/logger.ts';
import type { Metrics } from './observe/metrics.ts';
import { PushEndpoints } from './push/endpoints.ts';
import { FailureLimit } from './push/failures.ts';
import { PushIntake } from './push/intake.ts';
import { SeenMessages } from './push/seen.ts';
import type { SealedBox } from './secrets/sealed-box.ts';
import { TrackerPaces } from './listen/pace.ts';
import type { Journal } from './session/journal.ts';
import type { SessionTap } from './session/tap.ts';
import type { TrackerRegistry } from './store/tracker-store.ts';
import type { DocumentStore } from './store/document-store.ts';
import type { NameStore } from './store/name-store.ts';

const MINUTE_MS = 60_000;

export interface PushParts {
  settings: Config['push'];
  registry: Pick<TrackerRegistry, 'trackerByOid'>;
  documents: DocumentStore;
  names: NameStore;
  /** Seals what endpoints ask for. */
  secrets: SealedBox;
  journal: Journal;
  ledger: Ledger;
  metrics: Metrics;
  logger: Logger;
  now: Clock;
  /** Listens in for captures; nobody where it is left out. */
  tap?: SessionTap;
}

/** Opens it. */
export function openPush({
  settings,
  registry,
  documents,
  names,
  secrets,
  journal,
  ledger,
  metrics,
  logger,
  now,
  tap,
}: PushParts): PushServices {
  const endpoints = new PushEndpoints(documents, secrets, now);
  const onTrouble = (err: unknown): void =>
    logger.warn({ err }, 'the store refuses the names of pushed messages; will be tried again');
  const seen = new SeenMessages({ names, keepMs: settings.rememberMs, now, onTrouble });
  const paces = new TrackerPaces();
  const intake = new PushIntake({
    waitMs: (endpointId, bytes) => {
      const spending = paces.ofKey(endpointId);
      // A wall clock that is set back would have everything refused until it is there again.
      const at = performance.now();
      const waitMs = Math.max(spending.bytes.waitMs(at), spending.frames.waitMs(at));
      if (waitMs > 0) return waitMs;
      spending.bytes.spend(bytes, settings.bytesPerSecond, at);
      spending.frames.spend(1, settings.requestsPerSecond, at);
      return 0;
    },
    endpoints,
    decoders: PUSH_DECODERS,
    seen,
    identOf: async (companyId, oid) => identOfPage(await registry.trackerByOid(oid), companyId),
    journal: timedJournal(journal, metrics, now),
    ledger,
    now,
    ...(tap === undefined ? {} : { tap }),
  });
  return {
    intake,
    endpoints,
    bodyBytes: settings.bodyBytes,
    failures: new FailureLimit(settings.failuresPerMinute, MINUTE_MS, () => performance.now()),
    protocols: [...PUSH_DECODERS.keys()],
  };
}
