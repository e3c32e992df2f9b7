import { describe, expect, it } from 'vitest';
import type { Codec } from '#protocols/codec';
import type { CommandDesk, CommandLine } from './command-line.ts';
import { ManualJournal, toy, toyFrame } from './session-fixture.ts';
import { StreamSession } from './stream-session.ts';

/** The toy with commands: content "R…" is an answer. */
const talkative: Codec = {
  ...toy,
  decode(frame, context) {
    const decoded = toy.decode(frame, context);
    const isAnswer = frame[2] === 0x52 && context.ident !== null;
    return isAnswer ? { ...decoded, kind: 'result', reply: null } : decoded;
  },
  encodeCommand: (text, addressed, { ident }) => (text === '' ? null : Buffer.from(addressed ? `${ident}:${text}` : text)),
};

function openSession(codec: Codec = talkative, ident: string | null = null) {
  const journal = new ManualJournal();
  const sent: string[] = [];
  const told: string[] = [];
  const lines: CommandLine[] = [];
  const commands: CommandDesk = {
    opened: (opened) => {
      lines.push(opened);
      told.push(`opened ${opened.ident}`);
    },
    answered: (answered) => void told.push(`answered ${answered.ident}`),
    closed: (closed) => void told.push(`closed ${closed.ident}`),
  };
  const session = new StreamSession({
    id: 'aa',
    listener: 'trackers',
    transport: 'tcp',
    peerName: '203.0.113.9:40122',
    codecs: [codec],
    ident,
    limits: {
      loginDeadlineMs: 1_000,
      idleTimeoutMs: 60_000,
      frameDeadlineMs: 5_000,
      faultsBeforeClose: 4,
      refusedResendsBeforeAck: 3,
    },
    journal,
    ledger: { received: () => undefined, refused: () => undefined },
    admits: () => true,
    now: () => 1_000,
    peer: { send: (bytes) => void sent.push(Buffer.from(bytes).toString('latin1')), close: () => undefined },
    commands,
  });
  return { session, journal, sent, told, line: () => lines.at(-1) };
}

const login = toyFrame('I42');

describe('the line of a session', () => {
  it('is opened when the login is durable and its ack has left, not before', () => {
    const { session, journal, sent, told, line } = openSession();
    session.push(login);
    expect(told).toEqual([]);
    journal.sync();
    expect(sent).toEqual(['\u0001']);
    expect(told).toEqual(['opened 42']);
    expect(line()).toMatchObject({ sessionId: 'aa', ident: '42', protocol: 'toy', idle: true });
  });

  it('stays closed where the protocol has no commands, and where a login was lost', () => {
    const mute = openSession(toy);
    mute.session.push(login);
    mute.journal.sync();
    const lost = openSession();
    lost.session.push(login);
    lost.journal.failSync();
    expect([mute.told, lost.told]).toEqual([[], []]);
  });

  it('waits for a durable frame also of a device that its certificate has named', () => {
    const { session, journal, told } = openSession(talkative, '42');
    session.push(Uint8Array.of(0x02, 0x01, 0x61, 0x00));
    journal.sync();
    expect(told).toEqual([]);
    session.push(login);
    journal.sync();
    expect(told).toEqual(['opened 42']);
  });

  it('is idle only while no ack is owed, and calls back when the last has left', () => {
    const { session, journal, sent, line } = openSession();
    session.push(login);
    journal.sync();
    const bytes = line()?.encode('go', true) as Uint8Array;
    session.push(toyFrame('a'));
    session.push(toyFrame('b'));
    expect(line()?.idle).toBe(false);
    let calls = 0;
    line()?.whenIdle(() => {
      calls++;
      line()?.send(bytes);
    });
    expect(sent).toEqual(['\u0001']);
    journal.sync();
    expect(sent).toEqual(['\u0001', 'a', 'b', '42:go']);
    session.push(toyFrame('c'));
    journal.sync();
    expect(calls).toBe(1);
  });

  it('tells of an answer once it is durable, and of its end once', () => {
    const { session, journal, told } = openSession();
    session.push(login);
    journal.sync();
    session.push(toyFrame('Rfine'));
    expect(told).toEqual(['opened 42']);
    journal.sync();
    session.abort();
    session.abort();
    expect(told).toEqual(['opened 42', 'answered 42', 'closed 42']);
  });

  it('ends and is opened anew where the session names another device', () => {
    const { session, journal, told } = openSession();
    session.push(login);
    journal.sync();
    session.push(toyFrame('I43'));
    journal.sync();
    expect(told).toEqual(['opened 42', 'closed 42', 'opened 43']);
  });

  it('has no bytes for what the protocol cannot write, or on what the codec fails', () => {
    const { session, journal, line } = openSession();
    session.push(login);
    journal.sync();
    expect(line()?.encode('', false)).toBeNull();
    const failing = openSession({
      ...talkative,
      encodeCommand: () => {
        throw new Error('planted');
      },
    });
    failing.session.push(login);
    failing.journal.sync();
    expect(failing.line()?.encode('go', false)).toBeNull();
  });
});
