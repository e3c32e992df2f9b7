import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { findGatewayError } from '#errors/gateway-error';
import { SealedBox } from '../secrets/sealed-box.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { Marks } from './marks.ts';
import { openStates, Purger, type Place } from './purger.ts';
import { CONSENT_RULES, demandOf, ruleOf, USUAL_RULE } from './rules.ts';
import { isInTime, stateOf, type Withdrawal } from './withdrawal.ts';
import { Withdrawals } from './withdrawals.ts';

const VIN = 'WBA00000000000001';
const T0 = Date.UTC(2026, 9, 1);
const HOUR_MS = 3_600_000;

let withdrawals: Withdrawals;
let clock: number;
/** Data by place, as what is left of it. */
let data: Record<string, number>;
/** Calls of places, in order. */
let calls: string[];
let troubles: unknown[];

beforeEach(() => {
  const { documents } = openSqliteStore(':memory:');
  clock = T0;
  data = { clickhouse: 3, spool: 2, registry: 1 };
  calls = [];
  troubles = [];
  const marks = new Marks(new SealedBox([new Uint8Array(32)]));
  withdrawals = new Withdrawals({ documents, marks, now: () => clock });
});

const withdraw = (protocol: string | null = 'hyundai-kia'): Promise<Withdrawal> =>
  withdrawals.withdraw({
    companyId: 'acme',
    idents: [VIN],
    shared: false,
    protocol,
    demand: 'erase',
    cause: 'the customer asked',
    by: 'test',
    statedAt: null,
  });

/** A place that deletes what it has, and may fail before or after it did. */
const place = (name: string, fails: { before?: boolean; after?: boolean; leaves?: number } = {}): Place => ({
  name,
  purge: async ({ idents }) => {
    calls.push(name);
    expect(idents).toEqual([VIN]);
    if (fails.before === true) throw new Error('killed before');
    const removed = { rows: data[name] ?? 0 };
    data[name] = fails.leaves ?? 0;
    if (fails.after === true) throw new Error('killed after');
    return { removed, left: { rows: data[name] ?? 0 }, kept: [] };
  },
});

/** Lets a gateway work until it has nothing to do, or fails. */
async function work(places: readonly Place[], gateway = 'ab', gateways = ['ab'], isKnown = true): Promise<void> {
  const purger = new Purger({
    withdrawals,
    gateway,
    places,
    gateways: () => Promise.resolve(gateways),
    settled: async () => void calls.push('settled'),
    isKnown: () => isKnown,
    now: () => clock,
    onTrouble: (error) => void troubles.push(error),
    onPurged: () => void calls.push('purged'),
  });
  purger.nudge();
  await new Promise<void>((resolve) => void setTimeout(resolve, 30));
  await purger.stop();
}

const NAMES = ['clickhouse', 'spool', 'registry'];

describe('a purge', () => {
  it('waits for what is on its way, does every place once, and forgets the ident', async () => {
    const { id } = await withdraw();
    clock += 1_000;
    await work(NAMES.map((name) => place(name)));
    expect(calls).toEqual(['settled', ...NAMES, 'purged']);
    const done = await withdrawals.get('acme', id);
    expect(done).toMatchObject({ idents: null, finishedAt: clock });
    expect(done.places.map(({ place: name, removed, left }) => [name, removed, left])).toEqual([
      ['clickhouse', { rows: 3 }, { rows: 0 }],
      ['spool', { rows: 2 }, { rows: 0 }],
      ['registry', { rows: 1 }, { rows: 0 }],
    ]);
    expect(JSON.stringify(done)).not.toContain(VIN);
    expect([stateOf(done, clock), isInTime(done, clock)]).toEqual(['purged', true]);
    await work(NAMES.map((name) => place(name)));
    expect(calls).toHaveLength(5);
  });

  it('proves nothing of a withdrawal that the gate has not heard of yet', async () => {
    const { id } = await withdraw();
    await work(
      NAMES.map((name) => place(name)),
      'ab',
      ['ab'],
      false,
    );
    expect(calls).toEqual(['settled']);
    expect(await withdrawals.get('acme', id)).toMatchObject({ places: [], finishedAt: null });
    await work(NAMES.map((name) => place(name)));
    expect((await withdrawals.get('acme', id)).finishedAt).toBe(clock);
  });

  it('that is killed before or after any place goes on where it was', async () => {
    for (const broken of NAMES) {
      for (const fails of [{ before: true }, { after: true }]) {
        calls = [];
        const { id } = await withdraw();
        await work(NAMES.map((name) => place(name, name === broken ? fails : {})));
        expect((await withdrawals.get('acme', id)).finishedAt).toBeNull();
        const before = new Set(NAMES.slice(0, NAMES.indexOf(broken)));
        calls = [];
        await work(NAMES.map((name) => place(name)));
        expect(calls).toEqual(['settled', ...NAMES.filter((name) => !before.has(name)), 'purged']);
        expect((await withdrawals.get('acme', id)).places.map((done) => done.place)).toEqual(NAMES);
      }
    }
  });

  it('does not end while anything is found afterwards, and is overdue when its time is over', async () => {
    const { id } = await withdraw();
    await work([place('clickhouse', { leaves: 2 })]);
    expect(troubles.map((error) => findGatewayError(error)?.code)).toEqual(['consent_overdue']);
    const open = await withdrawals.get('acme', id);
    expect([open.places, stateOf(open, clock)]).toEqual([[], 'purging']);
    clock += HOUR_MS + 1;
    expect([stateOf(open, clock), isInTime(open, clock)]).toEqual(['overdue', false]);
    expect(openStates([open], clock)).toEqual({ unresolved: 0, purging: 0, overdue: 1 });
    await work([place('clickhouse')]);
    expect(isInTime(await withdrawals.get('acme', id), clock)).toBe(false);
  });

  it('ends when every gateway has done its own places', async () => {
    const { id } = await withdraw();
    await work([place('spool')], 'ab', ['ab', 'cd']);
    expect((await withdrawals.get('acme', id)).finishedAt).toBeNull();
    await work([place('spool')], 'cd', ['ab', 'cd']);
    expect((await withdrawals.get('acme', id)).places.map(({ gateway }) => gateway)).toEqual(['ab', 'cd']);
    expect((await withdrawals.get('acme', id)).finishedAt).toBe(clock);
  });
});

describe('the rules', () => {
  it('oblige to erase within the hour what Pleos demands, and within a month what only the law does', () => {
    expect(ruleOf('hyundai-kia')).toMatchObject({ demand: 'erase', withinMs: HOUR_MS, keepsIdent: false });
    for (const protocol of ['bmw', 'stellantis', 'cloudevents', null]) {
      expect(ruleOf(protocol)).toMatchObject({ demand: 'erase', withinMs: USUAL_RULE.withinMs });
    }
    expect(USUAL_RULE.withinMs).toBeLessThanOrEqual(28 * 24 * HOUR_MS);
  });

  it('take the stricter of what the statement says and what the table says', () => {
    const mercedes = ruleOf('mercedes-benz');
    expect([demandOf({ demands: 'stop' }, mercedes), demandOf({ demands: 'erase' }, mercedes)]).toEqual(['stop', 'erase']);
    expect(demandOf({ demands: 'stop' }, USUAL_RULE)).toBe('erase');
  });

  it('stand in the page for operators as they are here', () => {
    const page = readFileSync(new URL('../../docs/consent.md', import.meta.url), 'utf8');
    for (const [protocol, { demand, withinMs, keepsIdent }] of Object.entries(CONSENT_RULES)) {
      const hours = withinMs / HOUR_MS;
      const within = demand === 'stop' ? '-' : hours === 1 ? '1 hour' : `${hours / 24} days`;
      const cells = ['', `\`${protocol}\``, demand, within, keepsIdent ? 'kept' : 'hash only'];
      expect(
        page.split('\n').map((line) =>
          line
            .split('|')
            .slice(0, 5)
            .map((cell) => cell.trim()),
        ),
      ).toContainEqual(cells);
    }
  });
});
