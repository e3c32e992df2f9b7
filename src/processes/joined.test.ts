import { describe, expect, it } from 'vitest';
import type { Contact } from '../lifecycle/contacts.ts';
import type { GatewaySigns } from '../lifecycle/diagnosis.ts';
import type { GatewayStatus } from '../observe/status.ts';
import { joinedSigns } from './joined-signs.ts';
import { joinedStatus } from './joined-status.ts';

const STATUS: GatewayStatus = {
  at: 2_000,
  startedAt: 1_000,
  version: '1.0.0',
  rssBytes: 100,
  cpuSeconds: 1,
  listeners: [
    {
      name: 'boxes',
      transport: 'tcp',
      port: 5_027,
      protocols: ['teltonika'],
      connections: 3,
      connectionsMost: 10,
      owed: 1,
      kernelDrops: null,
    },
  ],
  senders: { named: 3, unnamed: 1 },
  ledger: [
    {
      listener: 'boxes',
      protocol: 'teltonika',
      received: 10,
      stored: 5,
      duplicate: 1,
      quarantined: 1,
      refused: 2,
      refusedBy: { session_idle: 1, wire_crc: 1 },
      inFlight: 1,
    },
  ],
  ackDelay: [
    { le: 0.1, count: 4 },
    { le: null, count: 5 },
  ],
  spool: { accepting: true, waitingFrames: 2, oldestReceivedAt: null, bytes: 10, budgetBytes: 100, syncs: 7 },
  sink: { reachable: true, waitingRows: 3, lagFrames: 4, lastFailure: null },
  engineRestarts: 1,
  registry: { reachable: true, uncommitted: 2 },
  imbalance: 0,
};

describe('the status of several processes', () => {
  it('is that of the one where there is no other', () => {
    expect(joinedStatus([STATUS])).toEqual(STATUS);
  });

  it('adds up what is counted, and begins with the youngest', () => {
    const { listeners, ledger, ...rest } = joinedStatus([STATUS, { ...STATUS, startedAt: 1_500, at: 2_100 }]);
    expect(rest).toMatchObject({
      at: 2_100,
      startedAt: 1_500,
      rssBytes: 200,
      cpuSeconds: 2,
      senders: { named: 6, unnamed: 2 },
      ackDelay: [
        { le: 0.1, count: 8 },
        { le: null, count: 10 },
      ],
      spool: { waitingFrames: 4, bytes: 20, budgetBytes: 200, syncs: 14 },
      sink: { waitingRows: 6, lagFrames: 8 },
      engineRestarts: 1,
      registry: { uncommitted: 4 },
    });
    expect(listeners).toMatchObject([{ name: 'boxes', connections: 6, connectionsMost: 20, owed: 2, kernelDrops: null }]);
    expect(ledger).toEqual([
      {
        listener: 'boxes',
        protocol: 'teltonika',
        received: 20,
        stored: 10,
        duplicate: 2,
        quarantined: 2,
        refused: 4,
        refusedBy: { session_idle: 2, wire_crc: 2 },
        inFlight: 2,
      },
    ]);
  });

  it('lacks what one of them lacks', () => {
    const spool = { ...STATUS.spool, accepting: false, oldestReceivedAt: 900 };
    const sink = { reachable: false, waitingRows: 0, lagFrames: 0, lastFailure: 'sink_unreachable: away' };
    const other = { ...STATUS, spool, sink, registry: { reachable: false, uncommitted: 0 } };
    for (const joined of [joinedStatus([STATUS, other]), joinedStatus([other, STATUS])]) {
      expect(joined.spool).toMatchObject({ accepting: false, oldestReceivedAt: 900 });
      expect(joined.sink).toMatchObject({ reachable: false, lastFailure: 'sink_unreachable: away' });
      expect(joined.registry.reachable).toBe(false);
    }
    expect(joinedStatus([STATUS, { ...STATUS, sink: null }]).sink).toBeNull();
  });

  it('keeps what only one of them has', () => {
    const [listener] = STATUS.listeners;
    const [row] = STATUS.ledger;
    if (listener === undefined || row === undefined) throw new Error('there is one of each');
    const drops = { ...listener, name: 'datagrams', transport: 'udp' as const, kernelDrops: 3 };
    const other = { ...STATUS, listeners: [listener, drops], ledger: [row, { ...row, listener: 'datagrams' }], ackDelay: [] };
    const joined = joinedStatus([other, STATUS]);
    expect(joined.listeners.map(({ name, connections, kernelDrops }) => [name, connections, kernelDrops])).toEqual([
      ['boxes', 6, null],
      ['datagrams', 3, 3],
    ]);
    expect(joined.ledger.map((each) => [each.listener, each.received])).toEqual([
      ['boxes', 20],
      ['datagrams', 10],
    ]);
    expect(joined.ackDelay).toEqual(STATUS.ackDelay);
  });
});

const contact = (openedAt: number, closedAt: number | null): Contact => ({
  listener: 'boxes',
  peer: '127.0.0.1:1',
  protocol: 'teltonika',
  ident: '1',
  openedAt,
  heardAt: null,
  closedAt,
  code: null,
  bytes: 0,
  frames: 0,
  refused: {},
});

const signs = (contacts: Contact[], strangers: Contact[] = []): GatewaySigns => ({
  health: { sinkUp: true, accepting: true, waitingFrames: 1, oldestReceivedAt: null },
  contacts,
  strangers,
});

describe('what several processes have seen', () => {
  it('is nothing where none answers, and that of the one that does', () => {
    expect(joinedSigns([])).toBeNull();
    const one = [signs([contact(1, null)])];
    expect(joinedSigns([one])).toBe(one);
  });

  it('has contacts that last first, then the newest, whoever has them', () => {
    const one = [signs([contact(5, null), contact(9, 10)], [contact(2, 3)])];
    const other = [signs([contact(7, null), contact(8, 9), contact(1, 2)], [contact(4, null)])];
    const [joined] = joinedSigns([one, other]) ?? [];
    expect(joined?.contacts.map(({ openedAt }) => openedAt)).toEqual([7, 5, 9, 8, 1]);
    expect(joined?.strangers.map(({ openedAt }) => openedAt)).toEqual([4, 2]);
  });

  it('is as well as the least of them', () => {
    const [well] = [signs([])];
    const ill = { ...well, health: { sinkUp: false, accepting: false, waitingFrames: 4, oldestReceivedAt: 7 } };
    const [joined] = joinedSigns([[well], [ill]]) ?? [];
    expect(joined?.health).toEqual({ sinkUp: false, accepting: false, waitingFrames: 5, oldestReceivedAt: 7 });
    expect(joinedSigns([[well, well], [ill]])?.[1]).toEqual(well);
  });
});
