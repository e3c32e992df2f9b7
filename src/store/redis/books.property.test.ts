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
/** The fixes of a drive: with noise, jumps, and places at one instant. */
const POINTS = 18;
const drive = fc.array(
  fc.record({ seconds: fc.nat(18).map((fives) => fives * 5), metres: fc.nat(70).map((tens) => tens * 10) }),
  {
    minLength: POINTS,
    maxLength: POINTS,
  },
);
type Points = typeof drive extends fc.Arbitrary<infer Each> ? Each : never;

/** A point of the drive comes to one gateway, or to several: a device that got no ack sends it again, perhaps elsewhere. */
const arrival = fc.record({
  kind: fc.constant('frame' as const),
  point: fc.nat(POINTS - 1),
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

type Happening = typeof event extends fc.Arbitrary<infer Each> ? Each : never;

const frameOf = (seq: number, { seconds, metres }: Points[number]): FrameOutcome => anOutcome(seq, [aMessage(seconds, metres)]);

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

  async take(point: Points[number]): Promise<void> {
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

/** What one gateway alone makes of these points. */
async function alone(points: Points): Promise<{ status: string | undefined; metres: number }> {
  const store = openSqliteStore(':memory:');
  const oid = await registerVehicle(store);
  const book = await openBook(store);
  for (const [i, point] of points.entries()) book.apply(frameOf(i + 1, point));
  await book.commit();
  const found = { status: store.trackerByOid(oid)?.status, metres: store.evidenceOf(oid)?.distance.walk.metres ?? 0 };
  store.close();
  return found;
}

async function happen(gateways: readonly SharingGateway[], points: Points, each: Happening): Promise<void> {
  const at = (i: number): SharingGateway => gateways[i] as SharingGateway;
  if (each.kind === 'frame') for (const i of each.to) await at(i).take(points[each.point] as Points[number]);
  else if (each.kind === 'all commit') await Promise.all(gateways.map((gateway) => gateway.commit()));
  else if (each.kind === 'commit') await at(each.book).commit();
  else if (each.kind === 'catch up') await at(each.book).catchUp();
  else at(each.book).crash();
}

/** Sees the history explain the status: each move one of the table's, no number missing. */
async function explains(registry: RedisStore, oid: string, status: string | undefined): Promise<void> {
  const history = await registry.transitionsOf(oid);
  expect(history.map(({ number }) => number)).toEqual(history.map((_, i) => i + 1));
  for (const [i, { from, to, trigger }] of history.entries()) {
    expect(from).toBe(i === 0 ? null : history[i - 1]?.to);
    expect(movesOf('targa')).toContainEqual({ trigger, from, to });
  }
  expect(history.at(-1)?.to).toBe(status);
  expect(history.filter(({ to }) => to === 'connected')).toHaveLength(status === 'connected' ? 1 : 0);
}

test('gateways that share a Redis make of a tracker that is heard by all of them what one alone would', async () => {
  const reached = new Set<string | undefined>();
  await fc.assert(
    fc.asyncProperty(drive, fc.array(event, { minLength: 5, maxLength: 60 }), async (points, events) => {
      const namespace = randomUUID();
      const registry = new RedisStore(server.settings(namespace));
      const oid = await registerVehicle(registry);
      const gateways = Array.from({ length: BOOKS }, (_, i) => new SharingGateway(namespace, `spool-${i}`));
      for (const each of events) await happen(gateways, points, each);
      for (const gateway of gateways) await gateway.commit();

      const heard = new Set(events.flatMap((each) => (each.kind === 'frame' ? [each.point] : [])));
      const expected = await alone([...heard].sort((a, b) => a - b).map((i) => points[i] as Points[number]));
      const status = (await registry.trackerByOid(oid))?.status;
      const metres = (await registry.evidenceOf(oid))?.distance.walk.metres ?? 0;
      expect({ status, metres }).toEqual(expected);
      await explains(registry, oid, status);
      // Each frame is counted once, whoever took it and however often it was read.
      const frames = gateways.reduce((sum, { spool }) => sum + spool.length, 0);
      expect((await registry.livenessOf(IMEI))?.frames ?? 0).toBe(frames);
      reached.add(status);
      for (const gateway of gateways) gateway.close();
      registry.close();
    }),
    { numRuns: 60 },
  );
  expect(reached).toEqual(new Set(['connected', 'pending_for_data']));
});
