// A consumer of a log, as one of Kafka will be, in front of a real spool whose disk can be held and made to fail.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { mercedesBenz } from '../../protocols/push/mercedes-benz/index.ts';
import { JournalTaker } from '../../src/pull/taker.ts';
import { HeldSpool } from '../support/held-spool.ts';
import { until } from '../support/waiting.ts';

const BODY = readFileSync(join(import.meta.dirname, '../../protocols/push/mercedes-benz/golden/position.body'));

let held: HeldSpool;
let taker: JournalTaker;
let refused: string[];

beforeEach(async () => {
  held = await HeldSpool.open();
  refused = [];
  taker = new JournalTaker({
    decoder: mercedesBenz,
    listener: 'mercedes',
    sessionId: '00000000000000aa',
    companyId: 'c-1',
    journal: held.spool,
    ledger: {
      received: (listener, protocol) => held.ledger.received(listener, protocol),
      refused: (listener, protocol, code) => {
        refused.push(code);
        held.ledger.refused(listener, protocol, code);
      },
    },
    now: () => 1_773_040_446_000,
  });
});
afterEach(() => held.stop({ close: async () => taker.close() }));

/** Commits offsets as a consumer of one partition does: each behind its receipt, none behind one that has failed. */
class Consumer {
  committed = -1;
  failed = -1;

  consume(from: number, count: number): Promise<void>[] {
    return Array.from({ length: count }, (_, i) => this.#one(from + i));
  }

  async #one(offset: number): Promise<void> {
    try {
      await taker.take(BODY, { topic: 'vehiclesignals.us', partition: 3, offset: String(offset) });
      if (this.failed < 0) this.committed = offset;
    } catch {
      if (this.failed < 0) this.failed = offset;
    }
  }
}

it('commits an offset only when its record is on disk, and keeps the record as it was', async () => {
  const consumer = new Consumer();
  held.disk.holdSyncs();
  const taken = consumer.consume(0, 3);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(consumer.committed).toBe(-1);
  held.disk.releaseSyncs();
  await Promise.all(taken);
  expect(consumer.committed).toBe(2);
  const records = await held.durable();
  expect(records).toHaveLength(3);
  expect(records[2]).toMatchObject({
    transport: 'kafka',
    protocol: 'mercedes-benz',
    listener: 'mercedes',
    peer: 'vehiclesignals.us/3@2',
    companyId: 'c-1',
    ident: null,
  });
  expect(Buffer.from(records[2]?.frame ?? [])).toEqual(BODY);
});

it('commits nothing of a sync that failed: the records are read again, and are the same messages then', async () => {
  const consumer = new Consumer();
  held.disk.failNextSync();
  await Promise.all(consumer.consume(0, 2));
  expect([consumer.committed, consumer.failed]).toEqual([-1, 0]);
  expect(refused).toContain('spool_io');
  await until('the spool accepts again', () => held.spool.accepting);
  const again = new Consumer();
  await Promise.all(again.consume(consumer.committed + 1, 2));
  expect(again.committed).toBe(1);
  const [first, second] = (await held.durable()).slice(-2).map(({ frame }) => mercedesBenz.decode(frame, context));
  expect(first?.messages[0]?.identity).toEqual(second?.messages[0]?.identity);
  expect(first?.pushed?.dedupeKeys).toEqual(second?.pushed?.dedupeKeys);
});

it('waits while the spool accepts nothing, and takes in order what waited', async () => {
  held.disk.failWrites('ENOSPC');
  await Promise.all(new Consumer().consume(0, 1));
  expect(held.spool.accepting).toBe(false);
  const order: string[] = [];
  const waiting = ['1', '2', '3'].map(async (offset) => {
    await taker.take(BODY, { topic: 't', partition: 0, offset });
    order.push(offset);
  });
  held.disk.failWrites(null);
  await Promise.all(waiting);
  expect(order).toEqual(['1', '2', '3']);
  expect((await held.durable()).map(({ peer }) => peer).slice(-3)).toEqual(['t/0@1', 't/0@2', 't/0@3']);
});

it('gives back what waits when it is closed, and takes nothing more', async () => {
  held.disk.failWrites('ENOSPC');
  await Promise.all(new Consumer().consume(0, 1));
  const waiting = taker.take(BODY, { topic: 't', partition: 0, offset: '1' });
  taker.close();
  await expect(waiting).rejects.toMatchObject({ code: 'session_reset' });
  await expect(taker.take(BODY, { topic: 't', partition: 0, offset: '2' })).rejects.toMatchObject({ code: 'session_reset' });
});

const context = { ident: null, dialect: null, transport: 'kafka' } as const;
