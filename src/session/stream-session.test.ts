import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '#errors/codes';
import { emptyDecoded, type Codec } from '#protocols/codec';
import { ManualJournal, toy, toyFrame } from './session-fixture.ts';
import { StreamSession, type SessionLimits } from './stream-session.ts';

const LIMITS: SessionLimits = {
  loginDeadlineMs: 1_000,
  idleTimeoutMs: 60_000,
  frameDeadlineMs: 5_000,
  faultsBeforeClose: 4,
  refusedResendsBeforeAck: 3,
};

function openSession(overrides: { admits?: boolean; admitsOnly?: string; codecs?: readonly Codec[] } = {}) {
  const journal = new ManualJournal();
  const seen = {
    sent: [] as string[],
    closed: undefined as ErrorCode | null | undefined,
    refused: [] as ErrorCode[],
    received: 0,
  };
  const clock = { now: 1_000_000 };
  const session = new StreamSession({
    id: '00000000000000aa',
    listener: 'trackers',
    transport: 'tcp',
    peerName: '203.0.113.9:40122',
    codecs: overrides.codecs ?? [toy],
    limits: LIMITS,
    journal,
    ledger: {
      received: () => void seen.received++,
      refused: (_listener, _protocol, code) => void seen.refused.push(code),
    },
    admits: (_protocol, ident) => overrides.admits ?? ident === (overrides.admitsOnly ?? ident),
    now: () => clock.now,
    peer: {
      send: (bytes) => void seen.sent.push(Buffer.from(bytes).toString('hex')),
      close: (code) => void (seen.closed = code),
    },
  });
  return { session, journal, seen, clock };
}

/** Looks at the deadlines every second, up to a time. */
function look(session: StreamSession, clock: { now: number }, until: number): void {
  while (clock.now < until) session.checkDeadlines((clock.now += 1_000));
}

const join = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);

describe('a stream session', () => {
  it('sends nothing before the journal says the frame is durable, then the reply', () => {
    const { session, journal, seen } = openSession();
    session.push(toyFrame('I42'));
    expect(journal.records).toHaveLength(1);
    expect(seen.sent).toEqual([]);
    expect(session.owed).toBe(1);
    journal.sync();
    expect(seen.sent).toEqual(['01']);
    expect(session.owed).toBe(0);
  });

  it('gives the codec plain bytes where the chunk is a Buffer, whose slice is no copy', () => {
    const blotting: Codec = {
      ...toy,
      decode: (frame, context) => {
        const decoded = toy.decode(frame, context);
        frame.slice().fill(0);
        return decoded;
      },
    };
    const { session, journal } = openSession({ codecs: [blotting] });
    session.push(Buffer.from(toyFrame('I42')));
    expect(journal.records[0]?.frame).toEqual(toyFrame('I42'));
  });

  it('takes from the codec what an ack needs, and has decoded only where that does not tell', () => {
    const decodes: string[] = [];
    const quick: Codec = {
      ...toy,
      decode: (frame, context) => {
        decodes.push(String.fromCharCode(frame[2] as number));
        return toy.decode(frame, context);
      },
      acknowledge: (frame, { ident }) =>
        ident === null ? null : { ...emptyDecoded('data'), dialect: 'quick', reply: Uint8Array.of(0x0a, frame[2] as number) },
    };
    const { session, journal, seen } = openSession({ codecs: [quick] });
    session.push(join(toyFrame('I42'), toyFrame('a'), toyFrame('b')));
    expect(seen.sent).toEqual([]);
    journal.sync();
    expect(seen.sent).toEqual(['01', '0a61', '0a62']);
    expect(decodes).toEqual(['I']);
    expect(journal.records.map(({ ident, dialect }) => [ident, dialect])).toEqual([
      [null, null],
      ['42', null],
      ['42', 'quick'],
    ]);
  });

  it('sends no reply for a frame whose sync fails, counts it as refused and cuts the device off', () => {
    const { session, journal, seen } = openSession();
    session.push(toyFrame('I42'));
    journal.failSync();
    expect(seen).toMatchObject({ sent: [], refused: ['spool_io'], closed: 'spool_io' });
    expect(session.owed).toBe(0);
  });

  it('replies in the order of the frames when several become durable at once', () => {
    const { session, journal, seen } = openSession();
    session.push(join(toyFrame('I42'), toyFrame('a'), toyFrame('b')));
    journal.sync();
    expect(seen.sent).toEqual(['01', '61', '62']);
  });

  it('finds the same frames one byte at a time as in one burst', () => {
    const stream = join(toyFrame('I42'), Uint8Array.of(0xff), toyFrame('hello'), toyFrame(''), toyFrame('x'.repeat(60)));
    const burst = openSession();
    burst.session.push(stream);
    const slow = openSession();
    for (const byte of stream) slow.session.push(Uint8Array.of(byte));
    expect(slow.journal.records).toEqual(burst.journal.records);
    expect(slow.journal.records).toHaveLength(4);
  });

  it('keeps what it holds when the caller reuses the chunk', () => {
    const { session, journal } = openSession();
    const frame = toyFrame('I42');
    const chunk = frame.slice(0, 3);
    session.push(chunk);
    chunk.fill(0);
    session.push(frame.slice(3));
    expect(journal.records[0]?.frame).toEqual(frame);
  });

  it('remembers the ident of the login for later frames, and not before', () => {
    const { session, journal } = openSession();
    session.push(join(toyFrame('I42'), toyFrame('a')));
    expect(journal.records.map((record) => record.ident)).toEqual([null, '42']);
    expect(session.ident).toBe('42');
  });

  it('stops splitting while the journal accepts nothing and goes on where it was', () => {
    const { session, journal } = openSession();
    session.push(toyFrame('I42'));
    journal.accepting = false;
    session.push(join(toyFrame('a'), toyFrame('b')));
    expect(journal.records).toHaveLength(1);
    journal.accepting = true;
    session.resume();
    expect(journal.records).toHaveLength(3);
  });

  it('quarantines a frame whose check fails, withholds the ack, and gives it at the third resend', () => {
    const { session, journal, seen } = openSession();
    session.push(toyFrame('I42'));
    const bad = toyFrame('abc');
    bad[3] = 0x7a;
    for (let resend = 0; resend < 3; resend++) session.push(bad);
    journal.sync();
    expect(journal.records.slice(1).map((record) => record.fault)).toEqual(['wire_crc', 'wire_crc', 'wire_crc']);
    expect(seen.sent).toEqual(['01', 'ee']);
    session.push(toyFrame('ok'));
    journal.sync();
    expect(seen.sent.at(-1)).toBe('6f6b');
  });

  it('closes after too many faults in a row, and counts all of them', () => {
    const { session, journal, seen } = openSession();
    session.push(toyFrame('I42'));
    session.push(Uint8Array.of(9, 9, 9, 9, 9));
    journal.sync();
    expect(seen.closed).toBe('session_faults');
    expect(seen.received).toBe(5);
  });

  it('keeps only one refused range of a peer that has named no device', () => {
    const { session, journal, seen } = openSession();
    session.push(Uint8Array.of(0x02, 0x01, 0x61, 0x00, 0x02, 0x01, 0x61, 0x00));
    expect(journal.records).toHaveLength(1);
    expect(seen.refused).toEqual(['wire_crc']);
    expect(seen.received).toBe(2);
  });

  it('lets the first bytes choose among several codecs, and refuses what none of them knows', () => {
    const other: Codec = { ...toy, name: 'other', probe: (bytes, from) => (bytes[from] === 0x03 ? 'match' : 'mismatch') };
    const known = openSession({ codecs: [other, toy] });
    known.session.push(toyFrame('I42'));
    expect(known.journal.records[0]?.protocol).toBe('toy');
    const unknown = openSession({ codecs: [other, toy] });
    unknown.session.push(Buffer.from('GET / HTTP/1.1'));
    expect(unknown.seen).toMatchObject({ closed: 'wire_unknown', refused: ['wire_unknown'], received: 1 });
  });

  it('turns away data before the login and a device that is not admitted, with the refusal of the protocol', () => {
    const early = openSession();
    early.session.push(toyFrame('data'));
    expect(early.seen).toMatchObject({ closed: 'session_login_required', refused: ['session_login_required'] });
    const stranger = openSession({ admits: false });
    stranger.session.push(toyFrame('I42'));
    expect(stranger.seen).toMatchObject({ closed: 'session_unknown_ident', sent: ['00'], refused: ['session_unknown_ident'] });
    expect(stranger.journal.records).toEqual([]);
  });

  it('survives a codec that throws while it looks at the first bytes: they are counted, only this session ends', () => {
    const broken: Codec = {
      ...toy,
      probe: () => {
        throw new Error('planted');
      },
    };
    const { session, journal, seen } = openSession({ codecs: [broken, toy] });
    session.push(toyFrame('I42'));
    expect(seen).toMatchObject({ closed: 'bug_invariant', refused: ['bug_invariant'], received: 1 });
    expect(journal.records).toEqual([]);
  });

  it('survives a codec that throws: the bytes are quarantined, only this session ends', () => {
    const { session, journal, seen } = openSession();
    session.push(toyFrame('!'));
    expect(journal.records[0]).toMatchObject({ fault: 'bug_invariant' });
    journal.sync();
    expect(seen.closed).toBe('bug_invariant');
  });

  it('sends what it owes after the peer has closed its side, and then ends', () => {
    const { session, journal, seen } = openSession();
    session.push(join(toyFrame('I42'), Uint8Array.of(0x02)));
    session.end();
    expect(seen.closed).toBeUndefined();
    journal.sync();
    expect(seen).toMatchObject({ sent: ['01'], closed: null, refused: ['session_unfinished'] });
  });

  it('ends a session that names no device, finishes no frame, or falls silent, each with its reason', () => {
    const login = openSession();
    login.session.push(Uint8Array.of(0x02));
    look(login.session, login.clock, 1_002_000);
    expect(login.seen).toMatchObject({ closed: 'session_login_timeout', refused: ['session_login_timeout'] });

    const slow = openSession();
    slow.session.push(join(toyFrame('I42'), Uint8Array.of(0x02)));
    slow.journal.sync();
    slow.clock.now += 4_000;
    slow.session.push(Uint8Array.of(0x20));
    look(slow.session, slow.clock, 1_006_000);
    expect(slow.seen.closed).toBe('session_slow_frame');

    const idle = openSession();
    idle.session.push(toyFrame('I42'));
    idle.journal.sync();
    look(idle.session, idle.clock, 1_061_000);
    expect(idle.seen).toMatchObject({ closed: 'session_idle', refused: [] });
  });

  it('still sends the acks it owes when it cuts a device off, and the refusal behind them', () => {
    const { session, journal, seen } = openSession({ admitsOnly: '42' });
    session.push(join(toyFrame('I42'), toyFrame('abc'), toyFrame('I43'), toyFrame('def')));
    expect(seen).toMatchObject({ sent: [], closed: undefined });
    journal.sync();
    expect(seen).toMatchObject({ sent: ['01', '616263', '00'], closed: 'session_unknown_ident' });
    expect(journal.records).toHaveLength(2);
  });

  it('does not wait for ever with cutting a device off where the disk gives no receipts', () => {
    const { session, seen, clock } = openSession({ admitsOnly: '42' });
    session.push(join(toyFrame('I42'), toyFrame('I43')));
    session.checkDeadlines(clock.now + LIMITS.frameDeadlineMs);
    expect(seen.closed).toBeUndefined();
    session.checkDeadlines(clock.now + LIMITS.frameDeadlineMs + 1);
    expect(seen.closed).toBe('session_unknown_ident');
  });

  it('does not blame a device for silence while nothing is read', () => {
    const { session, journal, seen, clock } = openSession();
    session.push(toyFrame('I42'));
    journal.sync();
    journal.accepting = false;
    look(session, clock, 9_000_000);
    expect(seen.closed).toBeUndefined();
    journal.accepting = true;
    look(session, clock, 9_001_000);
    expect(seen.closed).toBeUndefined();
    look(session, clock, 9_000_000 + LIMITS.idleTimeoutMs + 1_000);
    expect(seen.closed).toBe('session_idle');
  });

  it('does not blame a device for a clock of ours that jumps, ahead or back', () => {
    const { session, journal, seen, clock } = openSession();
    session.push(toyFrame('I42'));
    journal.sync();
    for (const jumpMs of [LIMITS.idleTimeoutMs * 10, -LIMITS.idleTimeoutMs * 20]) {
      clock.now += jumpMs;
      session.checkDeadlines(clock.now);
      look(session, clock, clock.now + LIMITS.idleTimeoutMs / 2);
      expect(seen.closed).toBeUndefined();
      clock.now += jumpMs;
      session.push(toyFrame('a'));
      session.checkDeadlines(clock.now);
    }
    look(session, clock, clock.now + LIMITS.idleTimeoutMs);
    expect(seen.closed).toBeUndefined();
    look(session, clock, clock.now + 1_000);
    journal.sync();
    expect(seen.closed).toBe('session_idle');
  });
});
