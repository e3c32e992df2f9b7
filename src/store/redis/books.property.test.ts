import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { movesOf } from '../../lifecycle/transitions.ts';
import type { FrameOutcome } from '../../pipeline/ports.ts';
import type { StoredBook } from '../book.ts';
import { openBook, registerVehicle } from '../book-fixture.ts';
import { aMessage, anOutcome, IMEI } from '../samples.ts';
import { openSqliteStore } from '../sqlite/store.ts';
import { RedisServer } from './server-fixture.ts';
import { RedisStore } from './store.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start('--appendfsync', 'no');
});
afterAll(() => server.dispose());

const BOOKS = 3;
/** A step is longer than the receiver's noise and slower than a vehicle's limit, so that more fixes never are fewer metres. */
const STEP_M = 40;

/** A point of the drive comes to one gateway, or to several: a device that got no ack sends it again, perhaps elsewhere. */
const arrival = fc.record({
  kind: fc.constant('frame' as const),
  point: fc.nat(17),
  to: fc.uniqueArray(fc.nat(BOOKS - 1), { minLength: 1, maxLength: BOOKS }),
});
const event = fc.oneof(
  { weight: 4, arbitrary: arrival },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('commit' as const, 'crash' as const, 'catch up' as const),
      book: fc.nat(BOOKS - 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('all commit' as const) }) },
);

const frameOf = (seq: number, point: number): FrameOutcome => anOutcome(seq, [aMessage(point * 5, point * STEP_M)]);

/** A gateway: a spool that outlives it, its own view of the store, and its book. */
class SharingGateway {
  readonly spool: FrameOutcome[] = [];
  readonly #namespace: string;
  readonly #spoolId: string;
  #store: RedisStore;
  #book: StoredBook | null = null;

  constructor(namespace: string, spoolId: string) {
    this.#namespace = namespace;
    this.#spoolId = spoolId;
    this.#store = new RedisStore(server.settings(namespace));
  }

  async take(point: number): Promise<void> {
    const frame = frameOf(this.spool.length + 1, point);
    this.spool.push(frame);
    (await this.#opened()).apply(frame);
  }

  async commit(): Promise<void> {
    await (await this.#opened()).commit();
  }

  async catchUp(): Promise<void> {
    await (await this.#opened()).catchUp();
  }

  /** What was applied and not committed is gone: the next life reads it from the spool. */
  crash(): void {
    this.#store.close();
    this.#store = new RedisStore(server.settings(this.#namespace));
    this.#book = null;
  }

  close(): void {
    this.#store.close();
  }

  async #opened(): Promise<StoredBook> {
    if (this.#book !== null) return this.#book;
    this.#book = await openBook(this.#store, { spoolId: this.#spoolId });
    for (const frame of this.spool) this.#book.apply(frame);
    return this.#book;
  }
}

/** What one gateway alone makes of these points, in the order of their time. */
async function alone(points: readonly number[]): Promise<{ status: string | undefined; metres: number }> {
  const store = openSqliteStore(':memory:');
  const oid = await registerVehicle(store);
  const book = await openBook(store);
  for (const [i, point] of points.entries()) book.apply(frameOf(i + 1, point));
  await book.commit();
  const found = { status: store.trackerByOid(oid)?.status, metres: store.evidenceOf(oid)?.distance.walk.metres ?? 0 };
  store.close();
  return found;
}

test('gateways that share a Redis make of a tracker that is heard by all of them what one alone would', async () => {
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 60 }), async (events) => {
      const namespace = randomUUID();
      const registry = new RedisStore(server.settings(namespace));
      const oid = await registerVehicle(registry);
      const gateways = Array.from({ length: BOOKS }, (_, i) => new SharingGateway(namespace, `spool-${i}`));
      const at = (i: number): SharingGateway => gateways[i] as SharingGateway;
      const points = new Set<number>();
      for (const each of events) {
        if (each.kind === 'frame') {
          points.add(each.point);
          for (const i of each.to) await at(i).take(each.point);
        } else if (each.kind === 'all commit') await Promise.all(gateways.map((gateway) => gateway.commit()));
        else if (each.kind === 'commit') await at(each.book).commit();
        else if (each.kind === 'catch up') await at(each.book).catchUp();
        else at(each.book).crash();
      }
      for (const gateway of gateways) await gateway.commit();

      const expected = await alone([...points].sort((a, b) => a - b));
      const tracker = await registry.trackerByOid(oid);
      const history = await registry.transitionsOf(oid);
      const metres = (await registry.evidenceOf(oid))?.distance.walk.metres ?? 0;
      expect(tracker?.status).toBe(expected.status);
      reached.add(expected.status ?? '');
      // Once it is connected nothing more is weighed: how far beyond the line it came depends on the order.
      if (expected.status === 'connected') expect(metres).toBeGreaterThanOrEqual(500);
      else expect(metres).toBe(expected.metres);
      expect(history.filter(({ to }) => to === 'connected')).toHaveLength(expected.status === 'connected' ? 1 : 0);
      // The history explains the status, without a gap.
      expect(history.map(({ number }) => number)).toEqual(history.map((_, i) => i + 1));
      for (const [i, { from, to, trigger }] of history.entries()) {
        expect(from).toBe(i === 0 ? null : history[i - 1]?.to);
        expect(movesOf('targa')).toContainEqual({ trigger, from, to });
      }
      expect(history.at(-1)?.to).toBe(tracker?.status);
      // Each frame is counted once, whoever took it and however often it was read.
      const frames = gateways.reduce((sum, { spool }) => sum + spool.length, 0);
      expect((await registry.livenessOf(IMEI))?.frames ?? 0).toBe(frames);
      for (const gateway of gateways) gateway.close();
      registry.close();
    }),
    { numRuns: 60 },
  );
  expect([...reached].sort()).toEqual(['connected', 'pending_for_data']);
});
