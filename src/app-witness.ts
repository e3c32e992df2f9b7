/** What a running gateway can tell of its connections and of itself, to its own API and to the command line. */
import { z } from 'zod';
import type { Clock } from '#model/clocks';
import type { GatewaySigns } from './lifecycle/diagnosis.ts';
import type { Feed } from './observe/admin.ts';
import { askAt } from './observe/ask.ts';
import type { LiveFeed } from './observe/live.ts';
import type { GatewayStatus } from './observe/status.ts';
import type { Visits } from './observe/visits.ts';
import { joinedSigns } from './processes/joined-signs.ts';
import type { SinkStatus } from './sink/clickhouse/sink.ts';
import type { Spool } from './spool/spool.ts';
import type { Witness } from './store/explain.ts';

export interface WitnessParts {
  visits: Visits;
  spool: Spool;
  /** `null` until ClickHouse was reached. */
  sink: () => SinkStatus | null;
  now: Clock;
}

/** Senders that named nobody are looked at this far back, ms, and so many at most. */
const STRANGERS_MS = 86_400_000;
const STRANGERS_MOST = 200;

/** Lets the gateway testify. */
export function witnessOf({ visits, spool, sink, now }: WitnessParts): Witness {
  return {
    signsOf: (idents) => {
      const { backlogRecords, oldestReceivedAt } = spool.stats();
      const health = {
        sinkUp: sink()?.reachable === true,
        accepting: spool.accepting,
        waitingFrames: backlogRecords,
        oldestReceivedAt,
      };
      const strangers = visits.strangers(now() - STRANGERS_MS, STRANGERS_MOST);
      return visits.of(idents).map((contacts): GatewaySigns => ({ health, contacts, strangers }));
    },
  };
}

/** A witness that asks the other processes of the gateway, too, by the folders in which they say where they answer. */
export function joinedWitness(own: Witness, others: readonly string[]): Witness {
  return {
    signsOf: async (idents) => {
      const told = await Promise.all([
        own.signsOf(idents),
        ...others.map((folder) => askAt<GatewaySigns[]>(folder, 'signs', { idents })),
      ]);
      return joinedSigns(told.filter((signs) => signs !== null));
    },
  };
}

const signsQuestion = z.strictObject({ idents: z.array(z.array(z.string()).max(8)).max(1_000) });
const strangersQuestion = z.strictObject({ sinceMs: z.number().nonnegative(), most: z.int().min(1).max(10_000) });

/** The questions the admin port answers, by name. Each throws a `ZodError` where the question is not of its form. */
export function answersOf(
  witness: Witness,
  { visits, now }: WitnessParts,
  status: () => Promise<GatewayStatus>,
): Record<string, (question: unknown) => unknown> {
  return {
    status,
    signs: (question) => witness.signsOf(signsQuestion.parse(question).idents),
    strangers: (question) => {
      const { sinceMs, most } = strangersQuestion.parse(question);
      return visits.strangers(now() - sinceMs, most);
    },
  };
}

/** `/tail`: what the pipeline makes of frames from now on. `name`, `listener` and `protocol` choose, each may be repeated. */
export function tailFeed(live: LiveFeed): Feed {
  return (query) => {
    const stream = live.listen({
      names: query.getAll('name'),
      listeners: query.getAll('listener'),
      protocols: query.getAll('protocol'),
      faultsOnly: query.get('faults') === 'true',
    });
    return stream === null ? { status: 503, error: 'too many listen already' } : { type: 'application/x-ndjson', stream };
  };
}
