import { beforeEach, describe, expect, it } from 'vitest';
import type { Consent } from '#model/consent';
import type { FrameRecord } from '#model/frame-record';
import type { KnownTracker, SpoolEntry } from '../pipeline/ports.ts';
import { SealedBox } from '../secrets/sealed-box.ts';
import { openSqliteStore, type SqliteStore } from '../store/sqlite/store.ts';
import { StoredGate } from './gate.ts';
import { Marks } from './marks.ts';
import { Withdrawals } from './withdrawals.ts';

const VIN = 'WBA00000000000001';
const OTHER = 'WBA00000000000002';
const T0 = Date.UTC(2026, 9, 1);
const box = new SealedBox([new Uint8Array(32).fill(7)]);

let store: SqliteStore;
let withdrawals: Withdrawals;
let clock: number;
let owner: KnownTracker | null;

beforeEach(() => {
  store = openSqliteStore(':memory:');
  clock = T0;
  owner = null;
  withdrawals = new Withdrawals({ documents: store.documents, marks: new Marks(box), now: () => clock });
});

async function gateOf(spoolId = 'ab'): Promise<StoredGate> {
  const gate = new StoredGate({ withdrawals, spoolId, owners: { find: () => owner }, now: () => clock });
  await gate.catchUp();
  return gate;
}

function entry(seq: number, changes: Partial<FrameRecord> = {}): SpoolEntry {
  const record: FrameRecord = {
    receivedAt: T0 + seq * 1_000,
    transport: 'http',
    listener: 'push',
    peer: '',
    sessionId: '',
    protocol: 'hyundai-kia',
    codecVersion: 1,
    ident: null,
    dialect: null,
    companyId: 'acme',
    fault: null,
    faultDetail: null,
    frame: new Uint8Array(),
    ...changes,
  };
  return { seq, record };
}

const consent = (kind: Consent['kind'], changes: Partial<Consent> = {}): Consent => {
  return {
    ident: VIN,
    users: [],
    kind,
    scope: 'all',
    demands: kind === 'withdrawn' ? 'erase' : null,
    at: null,
    cause: 'x',
    ...changes,
  };
};
const mercedes = { protocol: 'mercedes-benz' };
const stop = consent('withdrawn', { demands: 'stop' });

describe('the gate', () => {
  it('stops a vehicle from the record on that withdraws, and what came before it, too', async () => {
    const gate = await gateOf();
    expect([gate.isOpen, gate.stops(entry(9), VIN)]).toEqual([true, false]);
    gate.take(entry(10), [consent('withdrawn')]);
    expect(gate.isOpen).toBe(false);
    for (const seq of [1, 10, 11]) expect(gate.stops(entry(seq), VIN.toLowerCase())).toBe(true);
    expect(gate.stops(entry(11), OTHER)).toBe(false);
    expect(gate.stops(entry(11, { companyId: 'else' }), VIN)).toBe(false);
    expect(gate.stops(entry(11, { protocol: 'cloudevents' }), VIN)).toBe(false);
  });

  it('keeps what came before where the provider only demands to stop', async () => {
    const gate = await gateOf();
    gate.take(entry(10, mercedes), [stop]);
    expect([5, 11].map((seq) => gate.stops(entry(seq, mercedes), VIN))).toEqual([false, true]);
  });

  it('acts neither on a privacy mode, nor on a part of the data', async () => {
    const gate = await gateOf();
    gate.take(entry(1), [consent('withheld'), consent('withdrawn', { scope: 'service:7' }), consent('granted')]);
    expect(gate.isOpen).toBe(true);
  });

  it('comes to the same when the records are read again after a crash, at whatever record it was', async () => {
    const said = [entry(10, mercedes), entry(20, mercedes), entry(30, mercedes)] as const;
    const take = (gate: StoredGate, from: number): void => {
      for (const [i, one] of said.entries()) if (i >= from) gate.take(one, [i === 1 ? consent('granted') : stop]);
    };
    const verdicts = (gate: StoredGate) => [5, 15, 25, 35].map((seq) => gate.stops(entry(seq, mercedes), VIN));
    const once = await gateOf();
    take(once, 0);
    expect(verdicts(once)).toEqual([false, true, false, true]);
    await once.commit();
    for (const from of [0, 1, 2, 3]) {
      const again = await gateOf();
      take(again, from);
      expect(verdicts(again)).toEqual([false, true, false, true]);
      await again.commit();
    }
    expect(await withdrawals.all()).toHaveLength(2);
  });

  it('writes down once what was taken, with its time, and knows it after a start', async () => {
    const gate = await gateOf();
    gate.take(entry(10), [consent('withdrawn')]);
    gate.take(entry(10), [consent('withdrawn')]);
    await gate.commit();
    const [made, ...others] = await withdrawals.all();
    expect(others).toEqual([]);
    expect(made).toMatchObject({
      id: 'ab-10-0',
      companyId: 'acme',
      idents: [VIN],
      demand: 'erase',
      received: { receivedAt: T0 + 10_000, record: { spoolId: 'ab', seq: 10 } },
      dueAt: T0 + 10_000 + 3_600_000,
    });
    expect((await gateOf('cd')).stops(entry(3), VIN)).toBe(true);
  });

  it('knows a vehicle again of which only the hash was kept, under a new key of the box, too', async () => {
    const gate = await gateOf();
    gate.take(entry(10), [consent('withdrawn')]);
    await gate.commit();
    await withdrawals.change('ab-10-0', (is) => ({ ...is, idents: null }));
    expect(JSON.stringify(await withdrawals.all())).not.toContain(VIN);
    const marks = new Marks(new SealedBox([new Uint8Array(32).fill(8), new Uint8Array(32).fill(7)]));
    withdrawals = new Withdrawals({ documents: store.documents, marks, now: () => clock });
    expect((await gateOf()).stops(entry(11), VIN)).toBe(true);
  });

  it('names people for whom no vehicle is known, and stops nothing', async () => {
    const gate = await gateOf();
    gate.take(entry(1), [consent('withdrawn', { ident: null, users: ['u'] })]);
    await gate.commit();
    expect(gate.isOpen).toBe(true);
    expect(await withdrawals.all()).toMatchObject([{ vehicles: [], finishedAt: null }]);
  });
});

describe('a withdrawal is lifted', () => {
  it('by an operator, for what comes later; what was before stays gone', async () => {
    const gate = await gateOf();
    gate.take(entry(10), [consent('withdrawn')]);
    await gate.commit();
    clock = T0 + 20_000;
    await withdrawals.grant('acme', 'ab-10-0');
    gate.notice();
    await gate.catchUp();
    expect([5, 20, 21].map((seq) => gate.stops(entry(seq), VIN))).toEqual([true, true, false]);
  });

  it('by the provider whose word had ended it, and by no privacy mode and no word on what an operator has ended', async () => {
    const statement = { idents: [VIN], shared: false, demand: 'stop', cause: 'c', by: 'o', statedAt: null } as const;
    const { id } = await withdrawals.withdraw({ ...statement, companyId: 'acme', protocol: null });
    const gate = await gateOf();
    gate.take(entry(10, mercedes), [stop]);
    gate.take(entry(20, mercedes), [consent('granted')]);
    await gate.commit();
    const lifted = new Map((await withdrawals.all()).map((one) => [one.id, one.lifted?.by ?? null]));
    expect(lifted).toEqual(
      new Map([
        [id, null],
        ['ab-10-0', 'grant'],
      ]),
    );
    const stellantis = { protocol: 'stellantis' };
    gate.take(entry(30, stellantis), [stop]);
    gate.take(entry(40, stellantis), [consent('granted')]);
    expect(gate.stops(entry(41, stellantis), VIN)).toBe(true);
  });

  it('by a registration that is newer, from that on', async () => {
    const gate = await gateOf();
    owner = { oid: 'a', provider: 'bmw', registeredAt: T0 };
    gate.take(entry(10), [consent('withdrawn')]);
    expect(gate.stops(entry(11), VIN)).toBe(true);
    owner = { oid: 'b', provider: 'bmw', registeredAt: T0 + 20_000 };
    expect([11, 21].map((seq) => gate.stops(entry(seq), VIN))).toEqual([true, false]);
    await gate.commit();
    expect(await withdrawals.all()).toMatchObject([{ lifted: { by: 'registration', at: { receivedAt: T0 + 20_000 } } }]);
  });
});

it('devices that name no company are stopped where the tracker is of the company that has withdrawn', async () => {
  const statement = { idents: [VIN], demand: 'erase', cause: 'c', by: 'o', statedAt: null, protocol: null } as const;
  const device = entry(50, { protocol: 'teltonika', transport: 'tcp' });
  delete device.record.companyId;
  await withdrawals.withdraw({ ...statement, companyId: 'acme', shared: false });
  expect((await gateOf()).stops(device, VIN)).toBe(false);
  await withdrawals.withdraw({ ...statement, companyId: 'acme', shared: true });
  expect((await gateOf()).stops(device, VIN)).toBe(true);
});
