import { describe, expect, test } from 'vitest';
import { ALERT_CODES, alertsOf, fullSeconds, type Alert } from './alerts.ts';
import { aRow, aStatus } from './status-fixture.ts';
import type { GatewayStatus, ListenerStatus } from './status.ts';

const MINUTE = 60_000;
/** Two statuses a minute apart. */
const alerts = (before: Partial<GatewayStatus>, after: Partial<GatewayStatus> = before): Alert[] =>
  alertsOf(aStatus(before), aStatus({ at: MINUTE, ...after }));
const spool = (changes: Partial<GatewayStatus['spool']>) => ({ spool: { ...aStatus().spool, ...changes } });
const listener = (changes: Partial<ListenerStatus>): ListenerStatus => {
  const counts = { connections: 0, connectionsMost: 100, owed: 0, kernelDrops: null };
  return { name: 'trackers', transport: 'tcp', port: 1, protocols: ['teltonika'], ...counts, ...changes };
};
const down = { reachable: false, waitingRows: 0, lagFrames: 9, lastFailure: 'sink_unreachable: ECONNREFUSED' };
const waiting = { waitingFrames: 1_200, oldestReceivedAt: -120_000 };

const CASES: Record<(typeof ALERT_CODES)[number], [Alert[], RegExp, RegExp]> = {
  spool_closed: [alerts(spool({ accepting: false, bytes: 999 })), /devices are not read/, /spool is full/],
  spool_filling: [
    alerts(spool({ bytes: 700 }), spool({ bytes: 800 })),
    /used 80 % of its budget, and will be full in about 2 minutes/,
    /budgetBytes/,
  ],
  backlog_stuck: [
    alerts({ ledger: [aRow(1_000)] }, { ledger: [aRow(1_700, { stored: 500 })], ...spool(waiting) }),
    /1,200 frames wait to be stored, the oldest for 3 minutes, and it becomes no less/,
    /More comes in/,
  ],
  backlog_drains: [
    alerts({ ledger: [aRow(1_800)] }, { ledger: [aRow(1_800, { stored: 600 })], ...spool(waiting) }),
    /all of it is stored in about 2 minutes/,
    /catching up/,
  ],
  sink_starting: [alertsOf(aStatus({ sink: null }), aStatus({ at: 5_000, sink: null })), /being reached/, /Wait/],
  sink_down: [alerts({ sink: down }), /does not answer: sink_unreachable: ECONNREFUSED\.$/, /nothing is lost/],
  registry_away: [alerts({ registry: { reachable: false, uncommitted: 3 } }), /registry does not answer/, /Redis/],
  ledger_off: [alerts({ imbalance: 1 }), /off by 1 frame:/, /report it/],
  acks_slow: [
    alerts({}, { ackDelay: [1, 5, null].map((le, i) => ({ le, count: i === 0 ? 90 : 100 })) }),
    /waits for its acknowledgement up to 3 s|up to 5 s/,
    /spool\.dir/,
  ],
  quarantined: [
    alerts({ ledger: [aRow(0)] }, { ledger: [aRow(100, { stored: 88, quarantined: 12 })] }),
    /12 frames a minute of teltonika go into quarantine, 12 % of/,
    /See the quarantine/,
  ],
  refused: [
    alerts({ ledger: [aRow(0)] }, { ledger: [aRow(1, { refused: 1, refusedBy: { session_unknown_ident: 1 } })] }),
    /1 frame a minute of teltonika are refused: The device is not registered/,
    /Register the trackers/,
  ],
  listener_full: [alerts({ listeners: [listener({ connections: 95 })] }), /95 of 100 connections/, /limits\.connections/],
  datagrams_dropped: [
    alerts({ listeners: [listener({ kernelDrops: 2 })] }, { listeners: [listener({ kernelDrops: 9 })] }),
    /threw 7 datagrams away/,
    /rmem_max/,
  ],
  unnamed: [alerts({ senders: { named: 10, unnamed: 25 } }), /25 of 35 connections/, /census/],
  engine_restarted: [alerts({}, { engineRestarts: 1 }), /died and was started again/, /sink_engine/],
};

test('a gateway that is well has no alerts', () => {
  expect(alerts({ ledger: [aRow(10, { stored: 10 })] })).toEqual([]);
  expect(alerts({ listeners: [listener({ connections: 5 })], senders: { named: 100, unnamed: 19 } })).toEqual([]);
});

describe.each(ALERT_CODES)('%s', (code) => {
  test('says what is wrong and what to do', () => {
    const [found, says, todo] = CASES[code];
    expect(found.map((alert) => alert.code)).toEqual([code]);
    expect(found[0]?.says).toMatch(says);
    expect(found[0]?.todo).toMatch(todo);
  });
});

test('a disk that refuses is told from a spool that is full', () => {
  expect(alerts(spool({ accepting: false, bytes: 10 }))[0]?.todo).toContain('spool_io');
});

test('ClickHouse that was never reached is grave once the start is over', () => {
  expect(alerts({ sink: null })).toMatchObject([{ code: 'sink_down', level: 'critical' }]);
});

test('the gravest come first, and what happened before the time is no matter', () => {
  const both = alerts({ senders: { named: 0, unnamed: 30 }, sink: down });
  expect(both.map(({ level }) => level)).toEqual(['critical', 'note']);
  const old = { ledger: [aRow(13, { quarantined: 12, refused: 1, refusedBy: { session_rate: 1 } })] };
  expect(alerts(old)).toEqual([]);
});

test('a spool is full when it has grown to its budget, and never where it does not grow', () => {
  expect(fullSeconds(aStatus(spool({ bytes: 400 })), aStatus({ at: 10_000, ...spool({ bytes: 500 }) }))).toBe(50);
  expect(fullSeconds(aStatus(spool({ bytes: 400 })), aStatus({ at: 10_000, ...spool({ bytes: 400 }) }))).toBeNull();
});
