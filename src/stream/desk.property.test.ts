import { Writable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SpoolSeq } from '#model/frame-record';
import type { NormalisedMessage } from '#model/normalised';
import type { Tracker, Transition } from '#model/tracker';
import type { FrameOutcome } from '../pipeline/ports.ts';
import { openSqliteStore, type SqliteStore } from '../store/sqlite/store.ts';
import { logTransitions } from '../store/transition-log.ts';
import { Budget } from './budget.ts';
import { readCursor } from './cursor.ts';
import { StreamDesk } from './desk.ts';
import { StreamFeed } from './feed.ts';
import { STREAM_EVENTS } from './event.ts';

const SPOOL = '00000000000000aa';
const OWN = 'mine';
const EVERYTHING = { oids: null, events: new Set(STREAM_EVENTS) };
const WAITING_BYTES = 2_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A reader that comes again behind what it has read, and may stop reading. */
class Client {
  readonly positions: string[] = [];
  readonly transitions: number[] = [];
  readonly resets: string[] = [];
  reads = true;
  lastId = '';
  out: Writable | null = null;
  #text = '';
  #waiting: (() => void)[] = [];

  open(desk: StreamDesk): void {
    if (this.out !== null && !this.out.destroyed && !this.out.writableEnded) return;
    this.#text = '';
    const cursor = this.lastId === '' ? null : readCursor(this.lastId);
    this.out = new Writable({
      highWaterMark: 500,
      write: (chunk: Buffer, _encoding, done) => {
        const take = () => {
          this.#take(chunk.toString());
          done();
        };
        if (this.reads) take();
        else this.#waiting.push(take);
      },
    });
    desk.open({ companyId: OWN, keyId: 'k' }, EVERYTHING, cursor, this.out);
  }

  /** What was sent and not read is lost with the connection. */
  leave(): void {
    this.#waiting = [];
    this.out?.destroy();
  }

  goOn(): void {
    this.reads = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const take of waiting) take();
  }

  #take(text: string): void {
    if (this.out?.destroyed === true) return;
    this.#text += text;
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      this.lastId = field('id') ?? this.lastId;
      const data = JSON.parse(field('data') ?? 'null') as { at: string; place: number; reason: string } | null;
      const name = field('event');
      if (name === 'position') this.positions.push(data?.at ?? '');
      if (name === 'transition') this.transitions.push(data?.place ?? 0);
      if (name === 'reset') this.resets.push(data?.reason ?? '');
    }
  }
}

const trackerOf = (oid: string) => ({ companyId: oid === 'a' ? OWN : 'theirs' });

/** Frames in a spool, of which ClickHouse has those up to some place, and a gateway that may be started again. */
class World {
  readonly store: SqliteStore = openSqliteStore(':memory:');
  readonly frames: FrameOutcome[] = [];
  readonly troubles: unknown[] = [];
  readonly bytesPerSecond: number;
  stored: SpoolSeq = 0;
  published: SpoolSeq = 0;
  logged = 0;
  feed!: StreamFeed;
  desk!: StreamDesk;

  constructor(bytesPerSecond: number) {
    this.bytesPerSecond = bytesPerSecond;
  }

  start(): void {
    const shapes = {
      position: ({ oid, observedAt }: { oid: string; observedAt: number }) => ({ at: `${oid}${observedAt}` }),
      transition: ({ place }: { place: number }) => ({ place }),
    };
    const budget = new Budget(this.bytesPerSecond);
    this.feed = new StreamFeed({ spoolId: SPOOL, trackerOf, shapes, budget, waitingBytes: WAITING_BYTES / 2 });
    this.desk = new StreamDesk({
      feed: this.feed,
      budget,
      documents: this.store.documents,
      shapes,
      arrivals: async ({ after, throughSeq, most }) =>
        this.frames
          .slice(0, Math.min(throughSeq, this.stored))
          .flatMap(({ seq, messages }) =>
            messages.map(({ trackerOid, index, observedAt }) => {
              return { seq, index, oid: trackerOid, observedAt, receivedAt: 0, backlog: false, position: {} as never };
            }),
          )
          .filter(({ oid, seq, index }) => oid === 'a' && (seq > after.seq || (seq === after.seq && index > after.index)))
          .slice(0, most),
      storedThrough: () => this.stored,
      isGood: () => Promise.resolve(true),
      limits: { readers: 10, readersPerCompany: 10, waitingBytes: WAITING_BYTES },
      onCut: () => undefined,
      onTrouble: (error) => this.troubles.push(error),
    });
    this.published = this.stored;
    this.feed.open(this.stored);
  }

  /** A frame with messages of the company's tracker and of another's. */
  receive(owners: readonly boolean[]): void {
    const seq = this.frames.length + 1;
    const messages = owners.map((isOwn, index) => {
      const facts = { index, observedAt: seq * 100 + index, receivedAt: 0, backlog: false };
      const position = { lat: 0, lon: 0, valid: true, distrust: null };
      return { trackerOid: isOwn ? 'a' : 'b', position, ...facts } as unknown as NormalisedMessage;
    });
    this.frames.push({ seq, messages } as unknown as FrameOutcome);
  }

  publish(): void {
    const next = this.frames[this.published];
    if (next === undefined) return;
    this.published++;
    this.feed.publish(next);
  }

  async change(isOwn: boolean): Promise<void> {
    const tracker = { oid: 'a', trackerId: 't', provider: 'bmw', companyId: isOwn ? OWN : 'theirs' } as Tracker;
    await logTransitions(this.store.documents, [{ id: ++this.logged, tracker, transition: {} as Transition }], 0);
    if (isOwn) this.ownChanges.push(this.logged);
  }
  readonly ownChanges: number[] = [];

  get ownPlaces(): string[] {
    return this.frames.flatMap(({ messages }) =>
      messages.filter(({ trackerOid }) => trackerOid === 'a').map(({ observedAt }) => `a${observedAt}`),
    );
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('receive'), owners: fc.array(fc.boolean(), { maxLength: 12 }) }) },
  { weight: 6, arbitrary: fc.record({ does: fc.constant('publish'), times: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('store') }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('change'), own: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('wait'), ms: fc.constantFrom(1, 20, 60, 300, 16_000) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constantFrom('leave', 'open', 'stall', 'goOn') }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('restart') }) },
) as fc.Arbitrary<{ does: string; owners: boolean[]; times: number; own: boolean; ms: number }>;

async function act(
  world: World,
  client: Client,
  { does, owners, times, own, ms }: typeof step extends fc.Arbitrary<infer T> ? T : never,
) {
  if (does === 'receive') world.receive(owners);
  if (does === 'publish') for (let i = 0; i < times; i++) world.publish();
  if (does === 'store') world.stored = world.published;
  if (does === 'change') await world.change(own);
  if (does === 'wait') await vi.advanceTimersByTimeAsync(ms);
  if (does === 'leave') client.leave();
  if (does === 'open') client.open(world.desk);
  if (does === 'stall') client.reads = false;
  if (does === 'goOn') client.goOn();
  if (does === 'restart') {
    world.desk.close();
    client.leave();
    world.start();
  }
}

it('tells a reader everything once and in order, however often it leaves, stalls, is cut off, or the gateway begins anew', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 60 }),
      fc.constantFrom(5_000, 1e9),
      async (steps, bytesPerSecond) => {
        const world = new World(bytesPerSecond);
        const client = new Client();
        world.start();
        client.open(world.desk);
        // It has its place before anything happens.
        await vi.advanceTimersByTimeAsync(100);
        expect(client.lastId).not.toBe('');
        for (const each of steps) await act(world, client, each);
        client.goOn();
        for (let round = 0; round < 4; round++) {
          while (world.published < world.frames.length) world.publish();
          world.stored = world.published;
          client.open(world.desk);
          await vi.advanceTimersByTimeAsync(bytesPerSecond < 10_000 ? 4_000 : 1_000);
        }
        expect(client.resets).toEqual([]);
        expect(client.positions).toEqual(world.ownPlaces);
        expect(client.transitions).toEqual(world.ownChanges);
        expect(world.troubles).toEqual([]);
        world.desk.close();
        world.store.close();
      },
    ),
    { numRuns: 40 },
  );
});
