import { beforeEach, describe, expect, it } from 'vitest';
import type { Codec } from '#protocols/codec';
import { MessageSession } from './message-session.ts';
import { ManualJournal, toy, toyFrame } from './session-fixture.ts';
import { StreamSession } from './stream-session.ts';
import type { SessionTap, TappedSession } from './tap.ts';

const LIMITS = {
  loginDeadlineMs: 1e6,
  idleTimeoutMs: 1e6,
  frameDeadlineMs: 1e6,
  faultsBeforeClose: 5,
  refusedResendsBeforeAck: 3,
};

/** Writes down what it is told, as `direction ident bytes`. */
class Listener implements SessionTap {
  isOpen = true;
  readonly told: string[] = [];
  readonly sessions: TappedSession[] = [];

  tell(direction: 'in' | 'out', session: TappedSession, bytes: Uint8Array): void {
    this.told.push(`${direction} ${session.ident ?? '-'} ${Buffer.from(bytes).toString('hex')}`);
    this.sessions.push(session);
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
let tap: Listener;
let journal: ManualJournal;
let admits = true;

beforeEach(() => {
  tap = new Listener();
  journal = new ManualJournal();
  admits = true;
});

function options(codecs: readonly Codec[]) {
  return {
    id: 'a1',
    listener: 'streams',
    transport: 'tcp' as const,
    peerName: '203.0.113.9:40122',
    codecs,
    limits: LIMITS,
    journal,
    ledger: { received: () => undefined, refused: () => undefined },
    admits: () => admits,
    now: () => 1_000,
    tap,
  };
}

const stream = (codecs: readonly Codec[] = [toy]) =>
  new StreamSession({ ...options(codecs), peer: { send: () => undefined, close: () => undefined } });

describe('whoever listens in on a stream', () => {
  it('hears what comes as it comes, and what is sent when it is sent, with what was known before', () => {
    const session = stream();
    const login = toyFrame('Ibox');
    const data = toyFrame('d');
    session.push(login.subarray(0, 3));
    session.push(login.subarray(3));
    expect(tap.told).toEqual([`in - ${hex(login.subarray(0, 3))}`, `in - ${hex(login.subarray(3))}`]);
    journal.sync();
    session.push(data);
    journal.sync();
    expect(tap.told.slice(2)).toEqual(['out box 01', `in box ${hex(data)}`, 'out box 64']);
    expect(tap.sessions[0]).toEqual({
      sessionId: 'a1',
      transport: 'tcp',
      listener: 'streams',
      peer: '203.0.113.9:40122',
      protocol: 'toy',
      ident: null,
      dialect: null,
    });
  });

  it('hears a refusal behind what was refused', () => {
    admits = false;
    stream().push(toyFrame('Ibox'));
    expect(tap.told.map((line) => line.slice(0, 5))).toEqual(['in - ', 'out -']);
  });

  it('hears with the first bytes which codec they choose, and none where they do not tell', () => {
    const other: Codec = { ...toy, name: 'other', probe: (_bytes, from, to) => (to - from < 2 ? 'need-more' : 'mismatch') };
    stream([other, toy]).push(toyFrame('Ibox'));
    stream([other, toy]).push(Uint8Array.of(0x02));
    const broken: Codec = {
      ...toy,
      probe: () => {
        throw new Error('planted');
      },
    };
    stream([broken, toy]).push(Uint8Array.of(0x02));
    expect(tap.sessions.map(({ protocol }) => protocol)).toEqual(['toy', null, null]);
  });

  it('is told nothing while it does not listen', () => {
    tap.isOpen = false;
    const session = stream();
    session.push(toyFrame('Ibox'));
    journal.sync();
    expect(tap.told).toEqual([]);
  });
});

describe('whoever listens in on datagrams and messages', () => {
  it('hears each, and the replies that are really sent', () => {
    const session = new MessageSession({ ...options([toy]), transport: 'udp', ident: null, parcel: 'datagram' });
    const login = toyFrame('Ibox');
    const replies: Uint8Array[] = [];
    session.receive(login, (outcome) => void (outcome.kind === 'durable' && replies.push(...outcome.replies)));
    journal.sync();
    expect(tap.told).toEqual([`in - ${hex(login)}`]);
    for (const reply of replies) session.sent(reply);
    expect(tap.told.slice(1)).toEqual(['out box 01']);
    tap.isOpen = false;
    session.receive(toyFrame('d'), () => undefined);
    session.sent(Uint8Array.of(1));
    expect(tap.told.length).toBe(2);
  });

  it('hears them also while they wait for room on the disk', () => {
    const session = new MessageSession({ ...options([toy]), transport: 'mqtt', ident: 'box', parcel: 'stream' });
    journal.accepting = false;
    session.receive(toyFrame('d'), () => undefined);
    expect(tap.told).toEqual([`in box ${hex(toyFrame('d'))}`]);
  });
});
