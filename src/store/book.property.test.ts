import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Liveness } from '../lifecycle/liveness.ts';
import type { FrameOutcome } from '../pipeline/ports.ts';
import { openBook, registerVehicle, SPOOL } from './book-fixture.ts';
import { aMessage, anOutcome, IMEI, T0 } from './samples.ts';
import { openSqliteStore, type SqliteStore } from './sqlite/store.ts';

/** What was heard of the sample box and of those nobody registered. */
function heardIn(from: SqliteStore): Liveness[] {
  const mine = from.livenessOf(IMEI);
  return [...(mine?.trackerOid === null || mine === null ? [] : [mine]), ...from.unregistered(1_000)];
}

/** All that the store holds for a tracker, as far as it follows from the records: without its oid, which is drawn by lot. */
function stateOf(from: SqliteStore, oid: string): unknown {
  const state = {
    tracker: from.trackerByOid(oid),
    transitions: from.transitionsOf(oid),
    evidence: from.evidenceOf(oid),
    trip: from.tripOf(oid),
    liveness: heardIn(from),
    applied: from.news(SPOOL, '').appliedThrough,
    // Within one transaction the order of the tables is of no account.
    outbox: ['tracker_idents', 'tracker_transitions', 'trips'].map((name) =>
      from.outbox(1_000).flatMap(({ table, row }) => (table === name ? [row] : [])),
    ),
  };
  return JSON.parse(JSON.stringify(state).replaceAll(oid, 'OID'));
}

/** What happens between frames: the book is committed, or the gateway dies, before or after what it had read. */
const happening = fc.constantFrom('commit', 'crash', 'commit and crash', 'nothing', 'nothing');

test('a crash anywhere between apply and commit, and reading again, gives the state of a gateway that never crashed', async () => {
  const frame = fc.tuple(
    fc.array(fc.tuple(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 20 })), { maxLength: 3 }),
    happening,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 25 }), async (frames) => {
      const outcomes = frames.map(([points], i) => {
        const messages = points.map(([s, hm]) => aMessage(s, hm * 40, { receivedAt: T0 + i * 1_000 }));
        return anOutcome(
          i + 1,
          messages,
          messages.length === 0 ? { record: { ...anOutcome(1, []).record, receivedAt: T0 + i } } : {},
        );
      });
      const calm = openSqliteStore(':memory:');
      const stormy = openSqliteStore(':memory:');
      const oids: string[] = [];
      for (const each of [calm, stormy]) {
        oids.push(await registerVehicle(each));
      }
      const book = await openBook(calm);
      for (const outcome of outcomes) book.apply(outcome);
      await book.commit();

      let victim = await openBook(stormy);
      for (let i = 0, crashes = 0; i < outcomes.length; i++) {
        victim.apply(outcomes[i] as FrameOutcome);
        const what = (frames[i] as (typeof frames)[number])[1];
        if (what.startsWith('commit')) await victim.commit();
        if (what.endsWith('crash') && crashes++ < 5) {
          victim = await openBook(stormy);
          // The reader goes back to a checkpoint, which may be older than what is applied.
          i = Math.max(-1, victim.appliedThrough - 1 - (crashes % 3));
        }
      }
      await victim.commit();
      expect(stateOf(stormy, oids[1] as string)).toEqual(stateOf(calm, oids[0] as string));
      calm.close();
      stormy.close();
    }),
    { numRuns: 60 },
  );
});
