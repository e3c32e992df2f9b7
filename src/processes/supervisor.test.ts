import { setTimeout as pause } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import type { Config } from '../config/schema.ts';
import type { Life } from './life.ts';
import type { Order, Report, Started } from './orders.ts';
import { Supervisor, type SupervisorEvent } from './supervisor.ts';

/** A process that does what the test says. */
class FakeLife implements Life {
  readonly pid = 1;
  readonly orders: Order[] = [];
  readonly #ended = Promise.withResolvers<{ code: number | null; why: string }>();
  #listener: (report: Report) => void = () => undefined;

  get ended(): Promise<{ code: number | null; why: string }> {
    return this.#ended.promise;
  }

  get seat(): number {
    const [first] = this.orders;
    return first?.order === 'start' ? first.duty.seat : 0;
  }

  order(order: Order): void {
    this.orders.push(order);
    if (order.order === 'stop' && this.endsWhenTold) this.end(0, 'it ended with 0');
  }

  endsWhenTold = true;

  onReport(listener: (report: Report) => void): void {
    this.#listener = listener;
  }

  report(report: Report): void {
    this.#listener(report);
  }

  started(ports: Started['ports'] = { boxes: 4_711 }): void {
    this.report({ report: 'started', started: { ports, adminPort: 1, apiPort: 2, firstKey: null } });
  }

  kill(): void {
    this.end(null, 'it died of SIGKILL');
  }

  end(code: number | null, why: string): void {
    this.#ended.resolve({ code, why });
  }

  /** What it was told of one kind, newest last. */
  told<Kind extends Order['order']>(kind: Kind): Extract<Order, { order: Kind }>[] {
    return this.orders.filter((order): order is Extract<Order, { order: Kind }> => order.order === kind);
  }
}

const SILENCE_MS = 60;

let lives: FakeLife[];
let events: SupervisorEvent[];
let portsOfDuties: (Readonly<Record<string, number>> | null)[];

beforeEach(() => {
  lives = [];
  events = [];
  portsOfDuties = [];
});

function supervise(serving: number[], leftover: number[] = []): Supervisor {
  return new Supervisor({
    serving,
    leftover,
    dutyOf: (seat, serves, ports) => {
      portsOfDuties.push(ports);
      return { seat, serves, config: {} as Config, version: '1', others: [] };
    },
    launch: () => {
      const life = new FakeLife();
      lives.push(life);
      return life;
    },
    onEvent: (event) => events.push(event),
    restartMs: { first: 1, last: 5 },
    silenceMs: SILENCE_MS,
  });
}

const turn = (): Promise<void> => pause(20);
const life = (seat: number): FakeLife => lives.findLast((each) => each.seat === seat) as FakeLife;

/** Starts all, and gives the supervisor. */
async function startAll(serving: number[], leftover: number[] = []): Promise<Supervisor> {
  const supervisor = supervise(serving, leftover);
  const starting = supervisor.start();
  life(1).started();
  await turn();
  for (const seat of serving.slice(1)) life(seat).started();
  await starting;
  return supervisor;
}

it('starts the others when the first has chosen the ports, and what is only left when all take devices in', async () => {
  const supervisor = supervise([1, 2, 3], [4]);
  const starting = supervisor.start();
  await turn();
  expect(lives.map(({ seat }) => seat)).toEqual([1]);
  life(1).started({ boxes: 5_000 });
  await turn();
  expect(lives.map(({ seat }) => seat)).toEqual([1, 2, 3]);
  life(2).started();
  life(3).started();
  expect((await starting).ports).toEqual({ boxes: 5_000 });
  expect(lives.map(({ seat }) => seat)).toEqual([1, 2, 3, 4]);
  expect(portsOfDuties).toEqual([null, { boxes: 5_000 }, { boxes: 5_000 }, { boxes: 5_000 }]);
  await supervisor.stop();
});

it('stops those that run where one cannot start, and says why', async () => {
  const starting = supervise([1, 2]).start();
  life(1).started();
  await turn();
  life(2).report({ report: 'failed', code: 'store_schema', message: 'a newer version made it' });
  life(2).end(69, 'it ended with 69');
  await expect(starting).rejects.toMatchObject({ code: 'store_schema', detail: 'a newer version made it' });
  expect(life(1).told('stop')).toHaveLength(1);
});

it('waits for what a predecessor that was just killed may still hold', async () => {
  const supervisor = supervise([1]);
  const starting = supervisor.start();
  life(1).report({ report: 'failed', code: 'spool_locked', message: 'another gateway writes there' });
  life(1).end(69, 'it ended with 69');
  await pause(400);
  expect(lives).toHaveLength(2);
  life(1).started();
  await starting;
  await supervisor.stop();
});

it('gives up a process that dies before it says anything', async () => {
  const starting = supervise([1]).start();
  life(1).end(null, 'it died of SIGSEGV');
  await expect(starting).rejects.toMatchObject({ code: 'bug_invariant', detail: 'it died of SIGSEGV' });
});

it('starts one again that ends, on the ports of the others and with the engine that was reached', async () => {
  const supervisor = await startAll([1, 2]);
  const engine = { at: { url: 'http://127.0.0.1:1', headers: {} }, restarts: 0 };
  supervisor.reached(engine);
  life(1).end(null, 'it died of SIGKILL');
  await turn();
  expect(events.filter(({ what }) => what === 'restarting')).toMatchObject([{ seat: 1, why: 'it died of SIGKILL' }]);
  expect(life(1).told('start')).toHaveLength(1);
  expect(portsOfDuties.at(-1)).toEqual({ boxes: 4_711 });
  expect(life(1).told('clickhouse')).toEqual([{ order: 'clickhouse', engine }]);
  expect(life(2).told('clickhouse')).toEqual([{ order: 'clickhouse', engine }]);
  await supervisor.stop();
});

it('lets the first answer for what the others lack, also when it was started again', async () => {
  const supervisor = await startAll([1, 2], [3]);
  const told = (): readonly string[] | undefined => life(1).told('others').at(-1)?.missing;
  life(2).report({ report: 'readiness', missing: [] });
  expect(told()).toEqual([]);
  life(2).report({ report: 'readiness', missing: ['the spool accepts nothing'] });
  expect(told()).toEqual(['process 2: the spool accepts nothing']);
  life(1).end(1, 'it ended with 1');
  await turn();
  life(1).started();
  expect(told()).toEqual(['process 2: the spool accepts nothing']);
  life(2).end(null, 'it died of SIGKILL');
  await turn();
  expect(told()).toEqual(['process 2: it died of SIGKILL']);
  await supervisor.stop();
});

it('tells the others that a device has connected, and not the one that said so', async () => {
  const supervisor = await startAll([1, 2, 3], [4]);
  life(2).report({ report: 'claimed', ident: '356307042441013', at: 7 });
  const order = { order: 'displace', ident: '356307042441013', at: 7 };
  expect([1, 2, 3, 4].map((seat) => life(seat).told('displace'))).toEqual([[order], [], [order], []]);
  await supervisor.stop();
});

it('ends one that has nothing left for good, and no other', async () => {
  const supervisor = await startAll([1, 2], [3]);
  life(2).report({ report: 'empty' });
  life(3).report({ report: 'empty' });
  life(3).report({ report: 'empty' });
  await turn();
  expect(events.filter(({ what }) => what === 'emptied')).toEqual([{ what: 'emptied', seat: 3 }]);
  expect(life(2).told('stop')).toEqual([]);
  expect(life(3).told('stop')).toHaveLength(1);
  await supervisor.stop();
});

it('does not take one for empty that did not end in order', async () => {
  const supervisor = await startAll([1], [2]);
  life(2).endsWhenTold = false;
  life(2).report({ report: 'empty' });
  life(2).end(70, 'it ended with 70');
  await turn();
  expect(events.filter(({ what }) => what === 'emptied')).toEqual([]);
  await supervisor.stop();
});

it('ends one whose event loop does not turn any more, and starts it again', async () => {
  const supervisor = await startAll([1, 2]);
  life(1).report({ report: 'alive' });
  life(2).report({ report: 'alive' });
  const [, silent] = [life(1), life(2)];
  for (let n = 0; n < 6; n++) {
    await pause(SILENCE_MS / 3);
    life(1).report({ report: 'alive' });
  }
  expect(lives.map(({ seat }) => seat)).toEqual([1, 2, 2]);
  expect(life(2)).not.toBe(silent);
  await supervisor.stop();
});

it('starts nobody again once it stops, and gives the codes of those that did not end in order', async () => {
  const supervisor = await startAll([1, 2]);
  life(2).endsWhenTold = false;
  const stopping = supervisor.stop();
  life(2).end(70, 'it ended with 70');
  expect(await stopping).toEqual([70]);
  await turn();
  expect(lives).toHaveLength(2);
});
