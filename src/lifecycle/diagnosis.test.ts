import { describe, expect, test } from 'vitest';
import type { Tracker } from '#model/tracker';
import { CAUSES, type Cause } from './causes.ts';
import { newCondition } from './condition.ts';
import type { Contact } from './contacts.ts';
import { diagnose, type GatewayHealth, type GatewaySigns, type Signs } from './diagnosis.ts';
import { addFix } from './distance.ts';
import { newEvidence, type Evidence } from './evidence.ts';
import { newLiveness, noteMessage, type Liveness } from './liveness.ts';
import { EVIDENCE_RULES } from './rules.ts';
import { aMessage, aWaitingTracker, T0 } from './samples.ts';

const IMEI = '352093081452251';
const NOW = T0 + 3_600_000;

function heard(fields: Partial<Liveness> = {}): Liveness {
  const record = {
    receivedAt: NOW - 60_000,
    transport: 'tcp',
    listener: 'trackers',
    peer: '203.0.113.9:40122',
    sessionId: '0123456789abcdef',
    protocol: 'teltonika',
    codecVersion: 1,
    ident: IMEI,
    dialect: null,
    fault: null,
    faultDetail: null,
    frame: new Uint8Array(),
  } as const;
  return { ...newLiveness(IMEI, record), trackerOid: 'oid-1', frames: 2, messages: 2, ...fields };
}

function aContact(fields: Partial<Contact> = {}): Contact {
  return {
    listener: 'trackers',
    peer: '203.0.113.9:40122',
    protocol: 'teltonika',
    ident: IMEI,
    openedAt: NOW - 120_000,
    heardAt: NOW - 60_000,
    closedAt: null,
    code: null,
    bytes: 200,
    frames: 2,
    refused: {},
    ...fields,
  };
}

function gateway(fields: Partial<GatewaySigns> = {}, health: Partial<GatewayHealth> = {}): GatewaySigns {
  const well = { sinkUp: true, accepting: true, waitingFrames: 0, oldestReceivedAt: null };
  return { health: { ...well, ...health }, contacts: [], strangers: [], ...fields };
}

function signs(fields: Partial<Signs> = {}): Signs {
  return {
    tracker: aWaitingTracker(),
    lastCause: null,
    evidence: newEvidence(T0),
    heard: null,
    unregistered: [],
    protocols: ['teltonika'],
    gateway: gateway(),
    rules: EVIDENCE_RULES,
    silentAfterMs: 7_200_000,
    at: NOW,
    ...fields,
  };
}

function evidenceOf(...metres: number[]): Evidence {
  const evidence = newEvidence(T0);
  for (const [i, m] of metres.entries()) {
    addFix(evidence.distance, { at: T0 + i * 20_000, lat: 40 + m / 111_040, lon: -3.7 }, EVIDENCE_RULES);
  }
  return evidence;
}

const lacking = (what: 'clock' | 'invalid' | 'weak' | 'null_island' | 'out_of_range' | 'none', count = 5): Liveness =>
  heard({ condition: { ...newCondition(), lacking: { [what]: { count, lastAt: NOW, lastDetail: 'detail' } } } });
const said = (fields: Partial<Liveness['condition']>): Partial<Liveness> => ({ condition: { ...newCondition(), ...fields } });
const refused = { wire_crc: { count: 4, lastAt: NOW - 1_000, lastDetail: 'crc is 1, computed 2' } };
const vinOnly = aWaitingTracker({ foreignTrackerId: null });
const connected = aWaitingTracker({ status: 'connected' });

/** Each cause with what shows it, what is said and what is to be tried. */
const CASES: readonly [Cause, Partial<Signs>, RegExp, RegExp][] = [
  [
    'gateway_blocked',
    { gateway: gateway({}, { accepting: false, waitingFrames: 9, oldestReceivedAt: T0 }) },
    /9 frames wait, the oldest since 1 h ago/,
    /spool\.budgetBytes/,
  ],
  [
    'sink_down',
    { gateway: gateway({ contacts: [aContact()] }, { sinkUp: false, waitingFrames: 7 }) },
    /7 frames .*safe; this one was heard 1 min ago from 203/,
    /ClickHouse back/,
  ],
  ['sink_down', { gateway: gateway({}, { sinkUp: false, waitingFrames: 1 }) }, /of this one nothing came/, /ClickHouse back/],
  ['not_waiting', { tracker: aWaitingTracker({ status: 'error_revoke' }) }, /error_revoke/, /grant access again/],
  [
    'mistyped_id',
    { unregistered: [heard({ ident: '352093081452215', trackerOid: null })] },
    /352093081452215 is heard .* nearly 352093081452251, the foreign_tracker_id/,
    /correct the foreign_tracker_id to 352093081452215/,
  ],
  [
    'never_logged_in',
    { gateway: gateway({ strangers: [aContact({ ident: null, code: 'session_login_timeout', closedAt: NOW })] }) },
    /1 sender of the last day spoke teltonika .* from 203\.0\.113\.9, last 1 min ago \(session_login_timeout\)/,
    /sends its login/,
  ],
  [
    'never_logged_in',
    { gateway: gateway({ strangers: [aContact({ ident: null, protocol: 'unknown', bytes: 0, heardAt: null })] }) },
    /1 sender of the last day connected and said nothing.*still open/,
    /sends its login/,
  ],
  ['never_came', {}, /no connection that could be it/, /SIM card with data and the right APN, and sends teltonika/],
  ['never_came', { gateway: null, tracker: vinOnly }, /no gateway .* answers/, /is none: register the IMEI/],
  ['never_came', { protocols: [] }, /nothing has ever come/, /no protocol is bound/],
  [
    'frames_corrupt',
    { heard: heard({ messages: 0 }), gateway: gateway({ contacts: [aContact({ refused })] }) },
    /4 refusals, mostly wire_crc .*crc is 1, computed 2\)/,
    /odograph decode/,
  ],
  [
    'frames_refused',
    {
      heard: heard({
        messages: 0,
        quarantined: { decode_range: 3 },
        lastQuarantine: { code: 'decode_range', detail: 'month 13', at: NOW - 60_000 },
      }),
    },
    /3 refusals, mostly decode_range .*month 13/,
    /report those of a known protocol/,
  ],
  [
    'frames_refused',
    {
      gateway: gateway({
        contacts: [aContact({ frames: 0, refused: { session_unknown_ident: { count: 2, lastAt: NOW, lastDetail: '' } } })],
      }),
    },
    /session_unknown_ident/,
    /register the id the box sends/,
  ],
  [
    'foreign_protocol',
    { heard: heard({ trackerOid: null, protocol: 'ruptela' }) },
    /ruptela, which is not bound to targa/,
    /providers\.targa\.protocols/,
  ],
  [
    'duplicate_ident',
    {
      heard: heard(),
      gateway: gateway({ contacts: [aContact(), aContact({ peer: '198.51.100.7:1', openedAt: NOW - 90_000 })] }),
    },
    /spoke in turn, from 203.* and 198/,
    /second box/,
  ],
  [
    'duplicate_ident',
    { heard: heard(said({ jumps: { count: 3, lastAt: NOW, lastDetail: '80 km in 10 s' } })) },
    /jumps \(3 times, last 80 km in 10 s\)/,
    /second box/,
  ],
  ['clock_wrong', { heard: lacking('clock') }, /no good fix ever came; since then 5 messages/, /device's clock/],
  ['no_fix', { heard: lacking('invalid') }, /no satellite fix/, /antenna/],
  ['no_fix', { heard: lacking('weak') }, /too few satellites/, /antenna/],
  ['no_fix', { heard: lacking('null_island') }, /0\/0/, /0\/0/],
  ['no_fix', { heard: lacking('out_of_range') }, /impossible/, /protocol is another/],
  ['no_fix', { heard: lacking('none') }, /no place at all/, /set to send its position/],
  ['no_messages', { heard: heard({ messages: 0 }) }, /named itself, last 1 min ago/, /record and send/],
  ['no_messages', { gateway: gateway({ contacts: [aContact({ frames: 1 })] }) }, /named itself/, /record and send/],
  [
    'parked',
    { tracker: connected, heard: heard({ ...said({ ignition: { on: false, at: T0 } }), lastFrameAt: T0 - 90_000_000 }) },
    /ignition to be off since 2026-01-05 08:00:00Z/,
    /boxes sleep/,
  ],
  ['parked', { heard: heard(said({ moving: { on: false, at: T0 } })) }, /not to move/, /parked vehicle proves nothing/],
  [
    'standing',
    { heard: heard(), evidence: evidenceOf(0, 4, 9) },
    /of 2 steps .* none was longer than 25 m/,
    /drive it about 500 m/,
  ],
  [
    'gone',
    {
      tracker: connected,
      heard: heard({ lastFrameAt: NOW - 8_000_000 }),
      gateway: gateway({ contacts: [aContact({ closedAt: NOW - 7_000_000, code: 'session_reset' })] }),
    },
    /2 h ago; its last connection ended by session_reset/,
    /supply of the box/,
  ],
  [
    'gone',
    {
      tracker: connected,
      heard: heard({ lastFrameAt: NOW - 8_000_000 }),
      gateway: gateway({ contacts: [aContact({ heardAt: NOW - 8_000_000 })] }),
    },
    /still open, without a byte for 2 h/,
    /supply of the box/,
  ],
  ['on_its_way', { heard: heard(), evidence: evidenceOf(0, 155, 310) }, /191 m are still missing/, /drive about 191 m more/],
  ['well', { tracker: connected, heard: heard() }, /last heard 1 min ago/, /all is well/],
];

describe('each cause is told by what shows it', () => {
  test.each(CASES.map(([cause, ...rest]) => [cause, ...rest] as const))('%s', (cause, fields, says, next) => {
    const [first] = diagnose(signs(fields));
    expect(first).toMatchObject({ cause, says: expect.stringMatching(says), next: expect.stringMatching(next) });
  });

  test('and there is none that nothing shows', () => {
    expect(Object.keys(CAUSES).filter((cause) => !CASES.some(([shown]) => shown === cause))).toEqual([]);
  });
});

const causesOf = (fields: Partial<Signs>): Cause[] => diagnose(signs(fields)).map(({ cause }) => cause);

describe('what must not be taken for a cause', () => {
  test('a device that connected again, and left its old connection open', () => {
    const old = aContact({ openedAt: T0, heardAt: NOW - 200_000 });
    expect(causesOf({ tracker: connected, heard: heard(), gateway: gateway({ contacts: [aContact(), old] }) })).toEqual([
      'well',
    ]);
  });

  test('refusals that good frames came after', () => {
    const early = { wire_crc: { count: 4, lastAt: NOW - 100_000, lastDetail: '' } };
    const contacts = [aContact({ refused: early })];
    expect(causesOf({ tracker: connected, heard: heard(), gateway: gateway({ contacts }) })).toEqual(['well']);
  });

  test('an ident of another protocol, of another length, or heard long ago, for a mistyped one', () => {
    const others = [
      heard({ ident: '352093081452250', protocol: 'ruptela' }),
      heard({ ident: '35209308145225' }),
      heard({ ident: '352093081452250', lastFrameAt: NOW - 100_000_000 }),
      heard({ ident: '352093081459999' }),
    ];
    expect(causesOf({ unregistered: others })).toEqual(['never_came']);
  });

  test('scanners, and boxes of other protocols, for a box that never logged in', () => {
    const strangers = [
      aContact({ ident: null, protocol: 'unknown', bytes: 18, code: 'wire_unknown', closedAt: NOW }),
      aContact({ ident: null, protocol: 'unknown', bytes: 0, heardAt: null, closedAt: NOW }),
      aContact({ ident: null, protocol: 'ruptela' }),
    ];
    expect(causesOf({ gateway: gateway({ strangers }) })).toEqual(['never_came']);
  });

  test('messages without a place among those that have one', () => {
    const lastFix = { at: NOW - 70_000, lat: 40, lon: -3 };
    expect(causesOf({ tracker: connected, heard: { ...lacking('none'), lastFix } })).toEqual(['well']);
  });
});

test('the surest cause is told first, and the others after it', () => {
  const stranger = aContact({ ident: null });
  expect(causesOf({ gateway: gateway({ strangers: [stranger] }, { accepting: false }) })).toEqual([
    'gateway_blocked',
    'never_logged_in',
    'never_came',
  ]);
  const pending: Tracker = aWaitingTracker({ status: 'pending' });
  expect(causesOf({ tracker: pending, heard: heard({ lastFrameAt: T0 - 90_000_000 }) })).toEqual(['not_waiting', 'gone']);
});

const good = (at: number, lat: number) => ({ rejection: null, fix: { at, lat, lon: 0 } }) as const;

test('what messages tell of the device is kept: the newest word holds, and a good fix ends what was lacking', () => {
  const liveness = heard();
  const { maxSpeedKmh } = EVIDENCE_RULES;
  const note = (at: number, on: number, verdict: Parameters<typeof noteMessage>[2]): boolean =>
    noteMessage(
      liveness,
      aMessage({ observedAt: at, signalKeys: ['ignition.state.on'], signalValues: [on] }),
      verdict,
      maxSpeedKmh,
    );
  note(T0 + 10, 0, { rejection: 'invalid', detail: 'marked as not valid' });
  note(T0 + 5, 1, null);
  expect(liveness.condition).toMatchObject({
    ignition: { on: false, at: T0 + 10 },
    lacking: { invalid: { count: 1 }, none: { count: 1 } },
  });
  note(T0 + 20, 1, good(T0 + 20, 40));
  expect(liveness.condition).toMatchObject({ ignition: { on: true }, lacking: {}, jumps: null });
  note(T0 + 60_020, 1, good(T0 + 60_020, 41));
  expect(liveness.condition.jumps).toMatchObject({ count: 1, lastDetail: '111.0 km in 60 s' });
  note(T0 + 30, 1, good(T0 + 30, 20));
  expect(liveness.condition.jumps).toMatchObject({ count: 1 });
});
