/** Brings rows that are missing: the records they are of go through pipeline and sink once more, and leave what is not there. */
import type { Clock } from '#model/clocks';
import type { DecoderRegistry } from '#protocols/registry';
import { interpret } from '../pipeline/interpret.ts';
import type { NormaliseRules } from '../pipeline/normalise.ts';
import { OutcomeMaker } from '../pipeline/outcome.ts';
import type { ConsentGate } from '../pipeline/ports.ts';
import type { ProviderTable } from '../providers/table.ts';
import { ownersOf } from '../quarantine/owners.ts';
import type { Connection } from '../sink/clickhouse/connection.ts';
import { ClickHouseSink, type SinkOptions } from '../sink/clickhouse/sink.ts';
import { keyOf } from '../sink/clickhouse/stored-messages.ts';
import { ClickHouseTables } from '../sink/clickhouse/tables.ts';
import type { TrackerRegistry } from '../store/tracker-store.ts';
import type { Gap, Repair } from './audit.ts';

export interface RepairParts {
  connection: Connection;
  decoders: DecoderRegistry;
  rules: NormaliseRules;
  registry: Pick<TrackerRegistry, 'trackersCalled'>;
  providers: ProviderTable;
  gate: (spoolId: string) => Promise<ConsentGate>;
  sink: Omit<SinkOptions, 'tables' | 'spoolId' | 'storedThrough' | 'now'>;
  now: Clock;
}

/** Makes what repairs. The rows get the positions they were to have: a row that is there is not written again. */
export function repairWith(parts: RepairParts, signal: AbortSignal): Repair {
  return async (spoolId, gaps) => {
    const { connection, decoders, rules, registry, providers, now } = parts;
    const owners = await ownersOf(
      registry,
      providers,
      gaps.flatMap((gap) => identsIn(gap, decoders)),
    );
    let at = 0;
    const outcomes = new OutcomeMaker({
      decoders,
      owners: { find: (protocol, ident, companyId) => owners.at(protocol, ident, at, companyId) },
      rules,
      duplicateWindow: 0,
      gate: await parts.gate(spoolId),
    });
    const tables = new ClickHouseTables(connection);
    const sink = await ClickHouseSink.open({ ...parts.sink, tables, spoolId, storedThrough: 0, purpose: 'audit', now });
    try {
      for (const { entry, missing } of gaps) {
        at = entry.record.receivedAt;
        const outcome = outcomes.of(entry);
        // Events are written with their message.
        const wanted = new Set(
          missing.map(({ key, table }) => (table === 'events' ? key.slice(0, key.lastIndexOf(' ')) : key)),
        );
        const messages = outcome.messages.filter((message) => wanted.has(keyOf(message)));
        if (sink.full) await sink.room();
        sink.put({ ...outcome, messages });
      }
      await sink.flush(signal);
    } finally {
      sink.close();
    }
  };
}

function identsIn({ entry }: Gap, decoders: DecoderRegistry): string[] {
  const { ident, decoded } = interpret(entry.record, decoders);
  return [ident, ...(decoded?.messages ?? []).flatMap((message) => (message.ident === null ? [] : [message.ident]))];
}
