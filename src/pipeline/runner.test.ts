import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fault } from '#errors/fault';
import type { Consent } from '#model/consent';
import type { FrameRecord, SpoolSeq } from '#model/frame-record';
import { addSignal, emptyMessage } from '#model/message';
import { emptyDecoded, type Decoder } from '#protocols/codec';
import type { FrameOutcome, Sink, SpoolEntry, TrackerBook } from './ports.ts';
import { HeldRecords } from '../spool/held.ts';
import { Runner, type RunnerOptions } from './runner.ts';

/** A right that frame 0x99 ends. */
const WITHDRAWN: Consent = {
  ident: '42',
  users: [],
  kind: 'withdrawn',
  scope: 'all',
  demands: 'erase',
  at: null,
  cause: 'the owner says so',
};

/**
 * A frame is one message for each of its bytes; a byte 0xff is one that cannot be normalised, one from 0xe0 is of device 43.
 * Bytes 0xd1 and 0xd2 are the halves of a place. A frame 0x99 ends a consent, a frame 0x98 has a fault whose place is no byte.
 */
const decoder: Decoder = {
  name: 'bytes',
  version: 1,
  maxFrameBytes: 64,
  statesHalves: true,
  decode: (frame) => ({
    ...emptyDecoded('data'),
    ident: '42',
    ...(frame[0] === 0x99 ? { pushed: { dedupeKeys: ['99'], consents: [WITHDRAWN] } } : {}),
    faults: frame[0] === 0x98 ? [fault('decode_range', null, '$.speed is -1')] : [],
    messages: [...frame].map((byte) => {
      const ident = byte >= 0xe0 && byte < 0xf0 ? '43' : null;
      const message = { ...emptyMessage(Uint8Array.of(byte)), ident, deviceTime: 1_750_000_000_000 };
      if (byte === 0xff) message.identity = undefined as unknown as Uint8Array;
      if (byte === 0xd1) addSignal(message, 'position.gnss.latitude', 1);
      if (byte === 0xd2) addSignal(message, 'position.gnss.longitude', 2);
      return message;
    }),
  }),
};

const entry = (seq: SpoolSeq, ...frame: number[]): SpoolEntry => {
  const record: FrameRecord = {
    receivedAt: 1_750_000_001_000,
    transport: 'tcp',
    listener: 'trackers',
    peer: '203.0.113.9:40122',
    sessionId: '00000000000000aa',
    protocol: 'bytes',
    codecVersion: 1,
    ident: '42',
    dialect: null,
    fault: null,
    faultDetail: null,
    frame: Uint8Array.from(frame),
  };
  return { seq, record };
};

/** What stands around a runner, each part of which can be made to refuse. */
class Surroundings implements Sink, TrackerBook {
  readonly refuses = { find: 0, apply: 0, commit: 0, outbox: 0, checkpoint: 0 };
  readonly stored: FrameOutcome[] = [];
  readonly applied: SpoolSeq[] = [];
  readonly checkpoints: SpoolSeq[] = [];
  readonly settled: string[] = [];
  readonly troubles: string[] = [];
  full = false;
  readonly hasRoom = Promise.withResolvers<void>();
  storedThrough = 0;
  readonly #entries: SpoolEntry[];
  readonly #spooled: readonly SpoolEntry[];
  #loss: 'commit' | 'catchUp' | null = null;
  readonly #ended = Promise.withResolvers<void>();
  #listener: (through: SpoolSeq) => void = () => undefined;

  constructor(entries: SpoolEntry[]) {
    this.#entries = entries;
    this.#spooled = [...entries];
  }

  /** Counts what is held, where a test asks for it. */
  readonly held = new HeldRecords();
  /** Whose frames were settled, with the column. */
  readonly settledOf: string[] = [];

  makeRunner(options: Partial<RunnerOptions> = {}): Runner {
    return new Runner({
      held: this.held,
      reader: { next: () => this.#next(), close: () => this.#ended.resolve() },
      readAgain: () => ({ next: () => Promise.resolve(this.#spooled), close: () => undefined }),
      recoveredThrough: 0,
      decoders: new Map([[decoder.name, decoder]]),
      book: this,
      sink: this,
      checkpoints: {
        write: async (seq) => {
          this.#refuse('checkpoint');
          this.checkpoints.push(seq);
        },
      },
      ledger: {
        received: () => undefined,
        settled: (listener, protocol, column) => {
          this.settled.push(column);
          this.settledOf.push(`${listener} ${protocol} ${column}`);
        },
        refused: (_listener, _protocol, code) => void this.settled.push(code),
      },
      rules: { maxFutureMs: 60_000, liveAgeMs: 60_000 },
      duplicateWindow: 100,
      onTrouble: (error) => void this.troubles.push((error as Error).message),
      ...options,
    });
  }

  readonly isRead = true;
  readonly isFull = false;
  takenThrough = Infinity;
  readonly appliedThrough = Infinity;

  find(): null {
    this.#refuse('find');
    return null;
  }

  async catchUp(): Promise<void> {
    this.#findLoss('catchUp');
  }

  /** From its next commit or look on, the book knows that its store has lost everything. */
  lose(foundBy: 'commit' | 'catchUp'): void {
    this.#loss = foundBy;
  }

  #findLoss(by: 'commit' | 'catchUp'): void {
    if (this.#loss !== by) return;
    this.#loss = null;
    this.takenThrough = 0;
  }

  apply({ seq }: FrameOutcome): void {
    this.#refuse('apply');
    this.applied.push(seq);
    this.takenThrough = Math.max(this.takenThrough, seq);
  }

  async commit(): Promise<void> {
    this.#refuse('commit');
    this.#findLoss('commit');
  }

  async outbox(): Promise<[]> {
    this.#refuse('outbox');
    return [];
  }

  async settle(): Promise<void> {}

  put(outcome: FrameOutcome): void {
    this.stored.push(outcome);
  }

  room(): Promise<void> {
    return this.hasRoom.promise;
  }

  onStored(listener: (through: SpoolSeq) => void): void {
    this.#listener = listener;
  }

  putOutbox(): Promise<void> {
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  /** Ends the reader. */
  end(): void {
    this.#ended.resolve();
  }

  /** Says that everything up to here is stored. */
  store(through: SpoolSeq): void {
    this.storedThrough = through;
    this.#listener(through);
  }

  /** Two records at a time; waits for ever behind the last. */
  async #next(): Promise<SpoolEntry[] | null> {
    if (this.#entries.length > 0) return this.#entries.splice(0, 2);
    await this.#ended.promise;
    return null;
  }

  #refuse(what: keyof typeof this.refuses): void {
    if (this.refuses[what] === 0) return;
    this.refuses[what]--;
    throw new Error(what);
  }
}

/** Lets it work for so long on the clock, then stops it. */
async function run(around: Surroundings, ms: number): Promise<Runner> {
  const runner = around.makeRunner();
  let ended: unknown = null;
  const running = runner.run().then(
    () => (ended = 'ended'),
    (error: unknown) => (ended = error),
  );
  await vi.advanceTimersByTimeAsync(ms);
  expect(ended).toBeNull();
  runner.stop();
  around.end();
  await vi.advanceTimersByTimeAsync(1);
  await running;
  expect(ended).toBe('ended');
  return runner;
}

describe('the runner', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('takes the same record again for as long as the store refuses it, and passes none over', async () => {
    const around = new Surroundings([entry(1, 1), entry(2, 2), entry(3, 3)]);
    Object.assign(around.refuses, { find: 2, apply: 3 });
    await run(around, 60_000);
    expect(around.applied).toEqual([1, 2, 3]);
    expect(around.stored.map(({ seq, column }) => [seq, column])).toEqual([
      [1, 'stored'],
      [2, 'stored'],
      [3, 'stored'],
    ]);
    expect(around.troubles).toEqual(['find', 'find', 'apply', 'apply', 'apply']);
  });

  it('leaves the event loop to others after a moment, and the rest where it is stopped meanwhile', async () => {
    const around = new Surroundings([entry(1, 1), entry(2, 2), entry(3, 3), entry(4, 4)]);
    let now = 0;
    const taken: SpoolSeq[][] = [];
    const runner = around.makeRunner({
      elapsed: () => now++,
      onOutcome: () => setImmediate(() => taken.push([...around.applied])),
    });
    const running = runner.run();
    await vi.waitFor(() => expect(around.applied.length).toBeGreaterThan(2));
    expect(taken[0]).toEqual([1]);
    runner.stop();
    around.end();
    await running;
    expect(around.applied).toEqual([1, 2, 3, 4].slice(0, around.applied.length));
  });

  it('tells that the book is committed when it is, and not while the store refuses', async () => {
    const around = new Surroundings([entry(1, 1)]);
    around.refuses.commit = 2;
    const refusedBefore: number[] = [];
    const runner = around.makeRunner({ onCommitted: () => refusedBefore.push(around.troubles.length) });
    const running = runner.run();
    await vi.advanceTimersByTimeAsync(60_000);
    runner.stop();
    around.end();
    await running;
    expect(refusedBefore[0]).toBe(2);
  });

  it('stores a frame all the same on which the book fails by a bug, and holds up nothing for it', async () => {
    const around = new Surroundings([entry(1, 1), entry(2, 2)]);
    const apply = vi.spyOn(around, 'apply').mockImplementationOnce(() => {
      throw new TypeError('planted');
    });
    await run(around, 10);
    expect(apply).toHaveBeenCalledTimes(2);
    expect(around.stored.map(({ column, messages }) => [column, messages.length])).toEqual([
      ['stored', 1],
      ['stored', 1],
    ]);
    expect(around.troubles).toEqual(['planted']);
  });

  it.each(['commit', 'catchUp'] as const)('gives the book again what %s finds lost, though no frame comes', async (foundBy) => {
    const around = new Surroundings([entry(1, 1), entry(2, 2), entry(3, 3)]);
    around.takenThrough = 0;
    const runner = around.makeRunner();
    const running = runner.run();
    await vi.advanceTimersByTimeAsync(1);
    expect(around.applied).toEqual([1, 2, 3]);
    around.lose(foundBy);
    await vi.advanceTimersByTimeAsync(1_000);
    if (foundBy === 'catchUp') await runner.keepUp();
    await vi.advanceTimersByTimeAsync(1);
    expect(around.applied).toEqual([1, 2, 3, 1, 2, 3]);
    expect(around.stored.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    runner.stop();
    around.end();
    await running;
  });

  it('ends when it is stopped though the store refuses', async () => {
    const around = new Surroundings([entry(1, 1)]);
    around.refuses.apply = Infinity;
    await run(around, 10_000);
    expect(around.stored).toEqual([]);
  });

  it('takes nothing more when it was stopped while it waited for room', async () => {
    const around = new Surroundings([entry(1, 1)]);
    around.full = true;
    const runner = around.makeRunner();
    const ended = runner.run();
    runner.stop();
    around.hasRoom.resolve();
    await ended;
    expect(around.stored).toEqual([]);
    expect(around.applied).toEqual([]);
  });

  it('files each message under the device it is about', async () => {
    const around = new Surroundings([entry(1, 1, 0xe0), entry(2, 0xe0)]);
    await run(around, 1_000);
    expect(around.stored[0]?.messages.map(({ ident }) => ident)).toEqual(['42', '43']);
    expect(around.stored[1]?.column).toBe('duplicate');
  });

  it('quarantines a frame of which one message cannot be normalised, and keeps the siblings', async () => {
    const around = new Surroundings([entry(1, 1, 0xff, 3), entry(2, 3)]);
    await run(around, 1_000);
    expect(around.stored[0]).toMatchObject({ column: 'quarantined', quarantine: { code: 'bug_invariant' } });
    expect(around.stored[0]?.messages.map(({ index }) => index)).toEqual([0, 2]);
    expect(around.stored[1]?.column).toBe('duplicate');
  });

  it('passes on what a frame states about the right to data, and nothing where it states nothing', async () => {
    const around = new Surroundings([entry(1, 0x99), entry(2, 1)]);
    await run(around, 1_000);
    expect(around.stored.map(({ consents }) => consents)).toEqual([[WITHDRAWN], undefined]);
  });

  it('settles what a corrupt range has swallowed under those who had sent it', async () => {
    const { record } = entry(2, 0);
    const corrupt = { ...record, listener: '', protocol: 'unknown', ident: null, fault: 'spool_corrupt' as const };
    const around = new Surroundings([entry(1, 1), { seq: 2, record: corrupt }, entry(4, 4)]);
    for (const [seq, listener] of [
      [1, 'trackers'],
      [2, 'gate'],
      [3, 'yard'],
      [4, 'trackers'],
    ] as const) {
      around.held.add(seq, listener, 'bytes');
    }
    const runner = await run(around, 1_000);
    expect(runner.held).toEqual([
      { listener: 'trackers', protocol: 'bytes', frames: 2 },
      { listener: 'gate', protocol: 'bytes', frames: 1 },
      { listener: 'yard', protocol: 'bytes', frames: 1 },
    ]);
    around.store(4);
    await vi.advanceTimersByTimeAsync(10);
    expect(around.settledOf).toEqual([
      'trackers bytes stored',
      'gate bytes quarantined',
      'yard bytes quarantined',
      'trackers bytes stored',
    ]);
    expect([...runner.held, ...around.held.counts()]).toEqual([]);
  });

  it('misses a record that vanishes: nobody holds it, and it is in no column', async () => {
    const around = new Surroundings([entry(1, 1), entry(3, 3)]);
    for (const seq of [1, 2, 3]) around.held.add(seq, 'trackers', 'bytes');
    const runner = await run(around, 1_000);
    around.store(3);
    await vi.advanceTimersByTimeAsync(10);
    expect(around.settledOf).toHaveLength(2);
    expect([...runner.held, ...around.held.counts()]).toEqual([]);
  });

  it('knows a resend of what was stored before it was started', async () => {
    const around = new Surroundings([entry(1, 7), entry(2, 7)]);
    around.storedThrough = 1;
    await run(around, 1_000);
    expect(around.stored.map(({ seq, column }) => [seq, column])).toEqual([[2, 'duplicate']]);
  });

  it('makes a position of halves, also where the first one was stored before it was started', async () => {
    const around = new Surroundings([entry(1, 0xd1), entry(2, 0xd2)]);
    await run(around, 1_000);
    expect(around.stored.map(({ messages }) => messages[0]?.position?.lat ?? null)).toEqual([null, 1]);

    const later = new Surroundings([entry(1, 0xd1), entry(2, 0xd2)]);
    later.storedThrough = 1;
    await run(later, 1_000);
    expect(later.stored.map(({ seq, messages }) => [seq, messages[0]?.position?.lon])).toEqual([[2, 2]]);
    expect(later.applied).toEqual([2]);
  });

  it('says the place of a fault once, be it a byte or a path', async () => {
    const around = new Surroundings([entry(1, 0x98)]);
    await run(around, 1_000);
    expect(around.stored[0]?.quarantine).toEqual({ code: 'decode_range', detail: '$.speed is -1' });
  });

  it('writes a checkpoint again that could not be written, though nothing more is stored', async () => {
    const around = new Surroundings([entry(1, 1), entry(2, 2)]);
    Object.assign(around.refuses, { checkpoint: 2, commit: 1 });
    const runner = around.makeRunner();
    void runner.run();
    await vi.advanceTimersByTimeAsync(10);
    around.store(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(around.checkpoints).toEqual([2]);
    expect(around.settled).toEqual(['stored', 'stored']);
    runner.stop();
  });

  it('does not wait for a checkpoint that the disk refuses when it is to settle', async () => {
    const around = new Surroundings([entry(1, 1)]);
    around.refuses.checkpoint = Infinity;
    const runner = around.makeRunner();
    void runner.run();
    await vi.advanceTimersByTimeAsync(10);
    around.store(1);
    await runner.settle();
    expect(around.troubles).toContain('checkpoint');
    runner.stop();
  });

  it('lives on when the store does not give the outbox', async () => {
    const around = new Surroundings([entry(1, 1)]);
    around.refuses.outbox = 5;
    const runner = around.makeRunner();
    void runner.run();
    await vi.advanceTimersByTimeAsync(10);
    around.store(1);
    await vi.advanceTimersByTimeAsync(1_000);
    await runner.ship();
    expect(around.checkpoints).toEqual([1]);
    expect(around.troubles).toContain('outbox');
    runner.stop();
  });
});
