import { describe, expect, test } from 'vitest';
import { VALIDATION_STATUSES, type Tracker, type Transition } from '#model/tracker';
import { addFix } from './distance.ts';
import { newEvidence, type Evidence } from './evidence.ts';
import { newLiveness, noteFrame, noteMessage, type Liveness } from './liveness.ts';
import { countRejection } from './rejections.ts';
import { EVIDENCE_RULES } from './rules.ts';
import { aMessage, aWaitingTracker, T0 } from './samples.ts';
import { move, registration } from './transitions.ts';
import { SILENT_AFTER_MS, why, type Why, type WhyGrounds } from './why.ts';

const RECORD = {
  receivedAt: T0 + 60_000,
  transport: 'tcp',
  listener: 'trackers',
  peer: '203.0.113.9:40122',
  sessionId: '0123456789abcdef',
  protocol: 'teltonika',
  codecVersion: 1,
  ident: '352093081452251',
  dialect: null,
  fault: null,
  faultDetail: null,
  frame: new Uint8Array(),
} as const;

function heard(fields: Partial<Liveness> = {}, messages = 1): Liveness {
  const liveness = newLiveness('352093081452251', RECORD);
  noteFrame(liveness, RECORD, false, messages, null);
  return { ...liveness, trackerOid: 'oid-1', ...fields };
}

function driven(metres: number): Evidence {
  const evidence = newEvidence(T0);
  for (const [i, lat] of [0, metres / 2, metres].map((m) => 40.4 + m / 111_040).entries()) {
    const fix = { at: T0 + i * 10_000, lat, lon: -3.7 };
    addFix(evidence.distance, fix, EVIDENCE_RULES);
    evidence.lastAccepted = { ...fix, receivedAt: fix.at };
  }
  return evidence;
}

function explain(grounds: Partial<WhyGrounds> = {}): Why {
  return why({
    tracker: aWaitingTracker(),
    transitions: [],
    evidence: null,
    validation: null,
    heard: [],
    protocols: ['teltonika'],
    unregistered: [],
    siblings: [],
    gateway: null,
    rules: EVIDENCE_RULES,
    silentAfterMs: SILENT_AFTER_MS,
    at: T0 + 3_600_000,
    ...grounds,
  });
}

test('a tracker on its way is explained line by line', () => {
  const fresh = aWaitingTracker({ status: 'pending', validatedAt: null, revision: 1 });
  const validated = move(fresh, { trigger: 'validated', cause: 'the ids are right', at: T0 });
  if (validated.refusal !== null) throw new Error(validated.refusal.reason);
  const evidence = driven(310);
  countRejection(evidence.rejections, 'invalid', T0 + 50_000, 'marked as not valid');
  const { lines, ...value } = explain({
    tracker: validated.tracker,
    transitions: [registration(fresh, 'registered at targa as canbus'), validated.transition],
    evidence,
    heard: [heard()],
  });
  expect(lines).toEqual([
    'Tracker WF0AXXWPMAJB43745 of targa (canbus), oid-1',
    'Status: pending_for_data since 2026-01-05 08:00:00Z (1 h ago)',
    'Last frame: 2026-01-05 08:01:00Z (59 min ago) from 203.0.113.9:40122 on "trackers", teltonika, ident 352093081452251',
    'Heard so far: 1 frame, 1 new message, 0 frames sent again',
    'Last accepted fix: 2026-01-05 08:00:20Z at 40.40279, -3.70000',
    'Driven: 310 m of 500 m in 2 steps, 190 m still missing',
    '  1 refused: the device itself says it had no satellite fix; last 2026-01-05 08:00:50Z (marked as not valid)',
    'History:',
    '  2026-01-05 08:00:00Z  pending: registered at targa as canbus',
    '  2026-01-05 08:00:00Z  pending -> pending_for_data: the ids are right',
    'Cause (certain): its data arrives; it has not driven far enough yet: last heard 59 min ago; 190 m are still missing',
    'Next: drive about 190 m more outdoors',
  ]);
  expect(value).toMatchObject({ neededM: 500, rejected: [{ reason: 'invalid', count: 1 }], lastHeard: { frames: 1 } });
  expect(value.metres + value.missingM).toBeCloseTo(500, 6);
});

const inStatus = (status: Tracker['status'], grounds: Partial<WhyGrounds> = {}): string =>
  explain({ tracker: aWaitingTracker({ status }), ...grounds }).next;

describe('the next step in other statuses', () => {
  test('an error that the owner can mend says what to do', () => {
    expect(inStatus('wrong_tracker_id')).toMatch(/correct the tracker id/);
    expect(inStatus('disconnected')).toMatch(/register it again/);
  });

  test('a failed validation says what to mend', () => {
    const cause = 'the odometer differs';
    const failed: Transition = {
      id: 'oid-1-3',
      trackerOid: 'oid-1',
      number: 3,
      from: 'pending_validation',
      to: 'error_validating',
      trigger: 'validation_failed',
      cause,
      at: T0,
    };
    const tracker = aWaitingTracker({ status: 'error_validating' });
    expect(explain({ tracker, transitions: [failed] }).next).toBe(`mend this, then validate again: ${cause}`);
  });

  test('every error says how to get out of it', () => {
    for (const status of VALIDATION_STATUSES.filter((s) => s.startsWith('error_') && s !== 'error_data')) {
      expect(inStatus(status)).toMatch(/then validate again/);
    }
  });

  test('a connected tracker is well while it is heard', () => {
    expect(inStatus('connected', { heard: [heard()] })).toBe('nothing, all is well');
    expect(inStatus('connected', { heard: [heard()], at: T0 + 90_000_000 })).toMatch(/supply of the box/);
  });
});

test('the newest of several idents is shown, and once connected its newest good fix', () => {
  const old = heard({ ident: 'old', lastFrameAt: T0 });
  const young = heard({ ident: 'young', lastFrameAt: T0 + 9 });
  for (const fix of [
    { at: T0 + 5, lat: 1, lon: 2 },
    { at: T0 + 3, lat: 3, lon: 4 },
  ]) {
    noteMessage(young, aMessage({ observedAt: fix.at }), { rejection: null, fix }, EVIDENCE_RULES.maxSpeedKmh);
  }
  const tracker = aWaitingTracker({ status: 'connected' });
  for (const both of [
    [old, young],
    [young, old],
  ]) {
    expect(explain({ tracker, heard: both })).toMatchObject({
      lastHeard: { ident: 'young', lastMessageAt: T0 + 5 },
      lastAccepted: { lat: 1 },
    });
  }
});

test('quarantine is told by code with the last reason', () => {
  const liveness = heard();
  noteFrame(liveness, RECORD, true, 0, { code: 'wire_crc', detail: 'crc is 1, computed 2' });
  expect(explain({ heard: [liveness] }).lines).toContain(
    'In quarantine: 1 wire_crc; last 2026-01-05 08:01:00Z, wire_crc: crc is 1, computed 2',
  );
});
