import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '#errors/codes';
import { fault } from '#errors/fault';
import { emptyDecoded, type Codec } from '#protocols/codec';
import { MessageSession, type MessageSessionOptions, type ParcelOutcome } from './message-session.ts';
import { ManualJournal, toy, toyFrame } from './session-fixture.ts';

// The toy protocol as datagrams: a whole frame, or a wire fault where it is none.
const toyDatagrams: Codec = {
  ...toy,
  decode(bytes, context) {
    const split = toy.split(bytes, 0, bytes.length, context);
    if (split.kind === 'frame') return toy.decode(bytes, context);
    return { ...emptyDecoded('data'), faults: [fault('wire_length', 0, 'no frame')] };
  },
};

function openSession(overrides: Partial<MessageSessionOptions> & { admitted?: boolean } = {}) {
  const journal = new ManualJournal();
  const refused: ErrorCode[] = [];
  let received = 0;
  const session = new MessageSession({
    id: '00000000000000aa',
    listener: 'trackers',
    transport: 'mqtt',
    peerName: '203.0.113.9:40122',
    codecs: [toy],
    ident: '42',
    parcel: 'stream',
    limits: { faultsBeforeClose: 4, refusedResendsBeforeAck: 2 },
    journal,
    ledger: { received: () => void received++, refused: (_listener, _protocol, code) => void refused.push(code) },
    admits: () => overrides.admitted ?? true,
    now: () => 1_000_000,
    ...overrides,
  });
  const outcomes: ParcelOutcome[] = [];
  const receive = (...frames: Uint8Array[]) => session.receive(Buffer.concat(frames), (outcome) => outcomes.push(outcome));
  return { session, journal, outcomes, receive, refused, received: () => received };
}

const replies = (outcome: ParcelOutcome | undefined) =>
  outcome?.kind === 'durable' ? outcome.replies.map((reply) => Buffer.from(reply).toString()) : outcome;

const broken = () => {
  const frame = toyFrame('abc');
  frame[3] = 0x7a;
  return frame;
};

describe('a message session', () => {
  it('settles a parcel when the last of its frames is durable, with the replies in order', () => {
    const { journal, outcomes, receive, session } = openSession();
    receive(toyFrame('one'), toyFrame('two'), Uint8Array.of(0xff));
    expect(journal.records.map(({ ident, transport }) => [ident, transport])).toEqual([
      ['42', 'mqtt'],
      ['42', 'mqtt'],
    ]);
    expect(outcomes).toEqual([]);
    expect(session.owed).toBe(2);
    journal.sync();
    expect(outcomes.map(replies)).toEqual([['one', 'two']]);
    expect(session.owed).toBe(0);
  });

  it('takes from the codec what an ack needs, and decodes only where that does not tell', () => {
    const decoded: string[] = [];
    const quick: Codec = {
      ...toy,
      decode: (frame, context) => {
        decoded.push(Buffer.from(frame).toString('latin1', 2, 3));
        return toy.decode(frame, context);
      },
      acknowledge: (frame) => (frame[2] === 0x61 ? { ...emptyDecoded('data'), reply: Buffer.from('quick') } : null),
    };
    const { journal, outcomes, receive } = openSession({ codecs: [quick] });
    receive(toyFrame('a'), toyFrame('b'));
    journal.sync();
    expect(outcomes.map(replies)).toEqual([['quick', 'b']]);
    expect(decoded).toEqual(['b']);
  });

  it('keeps what it takes while the journal accepts nothing, whatever becomes of the bytes it was lent', () => {
    const { journal, outcomes, session } = openSession();
    journal.accepting = false;
    const lent = toyFrame('one');
    session.receive(lent, (outcome) => outcomes.push(outcome));
    lent.fill(0);
    journal.accepting = true;
    session.resume();
    journal.sync();
    expect(outcomes.map(replies)).toEqual([['one']]);
  });

  it('says that a parcel is lost when the sync of a single frame of it fails', () => {
    const { journal, outcomes, receive, refused } = openSession();
    receive(toyFrame('one'));
    receive(toyFrame('two'));
    journal.failSync();
    receive(toyFrame('three'));
    journal.sync();
    expect(outcomes.map(({ kind }) => kind)).toEqual(['lost', 'lost', 'durable']);
    expect(refused).toEqual(['spool_io', 'spool_io']);
  });

  it('keeps parcels waiting while the journal accepts nothing, and takes them in order afterwards', () => {
    const { session, journal, outcomes, receive } = openSession();
    journal.accepting = false;
    receive(toyFrame('one'));
    receive(toyFrame('two'));
    expect(journal.records).toEqual([]);
    expect(session).toMatchObject({ waiting: 2, owed: 2 });
    session.resume();
    expect(journal.records).toEqual([]);
    journal.accepting = true;
    session.resume();
    journal.sync();
    expect(outcomes.map(replies)).toEqual([['one'], ['two']]);
    expect(session.waiting).toBe(0);
  });

  it('counts what waited when the sender leaves, and acknowledges none of it', () => {
    const { session, journal, outcomes, receive, refused } = openSession();
    journal.accepting = false;
    receive(toyFrame('one'));
    session.abort('session_reset');
    expect(outcomes).toEqual([{ kind: 'withheld', code: 'session_reset' }]);
    expect(refused).toEqual(['session_reset']);
    expect(session.owed).toBe(0);
  });

  it('refuses a frame that names another device than its sender is known to be', () => {
    const { journal, outcomes, receive, refused } = openSession();
    receive(toyFrame('I43'), toyFrame('one'));
    receive(toyFrame('I42'));
    journal.sync();
    expect(outcomes.map(({ kind }) => kind)).toEqual(['turned-away', 'durable']);
    expect(refused).toEqual(['session_foreign_ident']);
    expect(journal.records).toHaveLength(1);
  });

  it('learns the device from its frames where the transport does not tell, and asks whether it may come in', () => {
    const known = openSession({ ident: null });
    known.receive(toyFrame('I42'), toyFrame('one'));
    expect(known.session.ident).toBe('42');
    const unknown = openSession({ ident: null, admitted: false });
    unknown.receive(toyFrame('I42'));
    expect(unknown.outcomes).toEqual([{ kind: 'turned-away', code: 'session_unknown_ident', refusal: Uint8Array.of(0x00) }]);
  });

  it('quarantines what fails its check and withholds the ack until the resend that lets it go', () => {
    const { journal, outcomes, receive } = openSession();
    receive(broken());
    receive(broken());
    journal.sync();
    expect(journal.records.map(({ fault: code }) => code)).toEqual(['wire_crc', 'wire_crc']);
    expect(outcomes).toEqual([
      { kind: 'withheld', code: 'wire_crc' },
      { kind: 'durable', replies: [Uint8Array.of(0xee)] },
    ]);
  });

  it('quarantines a frame that the parcel cuts off, and keeps the whole ones before it', () => {
    const { journal, outcomes, receive } = openSession({ limits: { faultsBeforeClose: 4, refusedResendsBeforeAck: 1 } });
    receive(toyFrame('one'), toyFrame('two').subarray(0, 3));
    journal.sync();
    expect(journal.records.map(({ fault: code }) => code)).toEqual([null, 'wire_length']);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['durable']);
  });

  it('tells when too many faults came one after another, and forgives after a good frame', () => {
    const { session, receive } = openSession();
    receive(Uint8Array.of(9, 9, 9));
    expect(session.tooManyFaults).toBe(false);
    receive(Uint8Array.of(9));
    expect(session.tooManyFaults).toBe(true);
    receive(toyFrame('one'));
    expect(session.tooManyFaults).toBe(false);
  });

  it('looks no further through a parcel of garbage than its limit of faults: the rest of it is one refused range', () => {
    let looks = 0;
    const counting: Codec = {
      ...toy,
      split: (...args) => {
        looks++;
        return toy.split(...args);
      },
    };
    const { journal, outcomes, receive, received } = openSession({ codecs: [counting] });
    receive(new Uint8Array(10_000).fill(9));
    expect(looks).toBe(5);
    expect(journal.records.map(({ frame }) => frame.length)).toEqual([1, 1, 1, 1, 9_996]);
    expect(journal.records.at(-1)?.faultDetail).toBe('no start mark, and what follows was not looked through');
    journal.sync();
    expect([outcomes, received()]).toEqual([[{ kind: 'withheld', code: 'wire_resync' }], 5]);
  });

  it('lets the first bytes of a parcel choose among several codecs, and refuses what none of them knows', () => {
    const other: Codec = { ...toy, name: 'other', probe: (bytes, from) => (bytes[from] === 0x03 ? 'match' : 'mismatch') };
    const { journal, outcomes, receive, refused } = openSession({ codecs: [other, toy] });
    receive(toyFrame('one'));
    receive(Buffer.from('GET / HTTP/1.1'));
    expect(journal.records.map(({ protocol }) => protocol)).toEqual(['toy']);
    expect(outcomes).toEqual([{ kind: 'withheld', code: 'wire_unknown' }]);
    expect(refused).toEqual(['wire_unknown']);
  });

  it('survives a codec that throws: the parcel is quarantined unacknowledged', () => {
    const { journal, outcomes, receive } = openSession();
    receive(toyFrame('!'));
    journal.sync();
    expect(journal.records[0]).toMatchObject({ fault: 'bug_invariant' });
    expect(outcomes).toEqual([{ kind: 'withheld', code: 'bug_invariant' }]);
  });

  it('survives a codec that throws while it looks at the first bytes: the parcel is counted', () => {
    const planted: Codec = {
      ...toy,
      probe: () => {
        throw new Error('planted');
      },
    };
    const { outcomes, receive, refused } = openSession({ codecs: [planted, toy] });
    receive(toyFrame('one'));
    expect(refused).toEqual(['bug_invariant']);
    expect(outcomes).toEqual([{ kind: 'withheld', code: 'bug_invariant' }]);
  });

  it('gives a datagram to the codec as it came, and refuses one that is no frame', () => {
    const { journal, outcomes, receive } = openSession({ codecs: [toyDatagrams], parcel: 'datagram' });
    receive(toyFrame('one'));
    receive(Uint8Array.of(0x02));
    journal.sync();
    expect(journal.records.map(({ fault: code }) => code)).toEqual([null, 'wire_length']);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['durable', 'withheld']);
  });

  it('forgets what a peer was when a datagram of it names another device', () => {
    const dialects: (string | null)[] = [];
    const codec: Codec = {
      ...toyDatagrams,
      decode(bytes, context) {
        dialects.push(context.dialect);
        const decoded = toyDatagrams.decode(bytes, context);
        return { ...decoded, dialect: decoded.ident === '42' ? 'old' : null };
      },
    };
    const { journal, receive } = openSession({ codecs: [codec], parcel: 'datagram', ident: null });
    receive(toyFrame('I42'));
    receive(toyFrame('one'));
    receive(toyFrame('I43'));
    receive(toyFrame('two'));
    expect(dialects).toEqual([null, 'old', 'old', null, null]);
    expect(journal.records.map(({ ident, dialect }) => [ident, dialect])).toEqual([
      [null, null],
      ['42', 'old'],
      [null, null],
      ['43', null],
    ]);
  });

  it('keeps one faulty datagram of a stranger, as long as strangers are kept at all', () => {
    const truncated: Codec = {
      ...toyDatagrams,
      decode: () => ({ ...emptyDecoded('data'), faults: [fault('decode_truncated', 0, 'too short')], reply: Uint8Array.of(1) }),
    };
    const options = { codecs: [truncated], parcel: 'datagram', ident: null } as const;
    const first = openSession(options);
    first.receive(toyFrame('one'));
    first.receive(toyFrame('two'));
    first.journal.sync();
    expect(first.journal.records).toMatchObject([{ fault: 'decode_truncated' }]);
    expect(first.outcomes).toMatchObject([{ kind: 'withheld' }, { kind: 'withheld' }]);
    const second = openSession({ ...options, keepsStranger: () => false });
    second.receive(toyFrame('one'));
    expect(second.journal.records).toEqual([]);
    expect(second.refused).toEqual(['decode_truncated']);
  });

  it('asks the codecs about the whole datagram where theirs begin otherwise than their streams', () => {
    const other: Codec = {
      ...toyDatagrams,
      name: 'other',
      probe: () => 'need-more',
      probeDatagram: (bytes) => bytes[2] === 0x49,
    };
    const { journal, outcomes, receive } = openSession({ codecs: [other, toyDatagrams], parcel: 'datagram', ident: null });
    receive(toyFrame('I42'));
    receive(toyFrame('two'));
    receive(Uint8Array.of(0x09));
    journal.sync();
    expect(journal.records.map(({ protocol }) => protocol)).toEqual(['other', 'toy']);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['withheld', 'durable', 'durable']);
  });

  it('takes an empty parcel for what it is: nothing to store, nothing to wait for', () => {
    const { outcomes, receive, received } = openSession();
    receive();
    expect(outcomes).toEqual([{ kind: 'durable', replies: [] }]);
    expect(received()).toBe(0);
  });
});
