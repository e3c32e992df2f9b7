import { Duplex } from 'node:stream';
import { generate, type Packet } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '#errors/codes';
import type { ParcelOutcome } from '../parcel-session.ts';
import { IngestBroker } from './ingest-broker.ts';
import { Link } from './link.ts';
import { TurnWriter } from '../turn-writer.ts';

const TOPIC = 'odograph/v1/box/teltonika';
const T0 = 1_700_000_000_000;

/** A stream that keeps what is written to it, and takes nothing in while it is told not to. */
class Line extends Duplex {
  readonly written: string[] = [];
  holds = false;

  constructor() {
    super({ writableHighWaterMark: 8 });
  }

  override _read(): void {
    // What comes is given to the link at once.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk.toString('hex'));
    if (!this.holds) done();
  }
}

const turn = () => new Promise((resolve) => void setImmediate(resolve));

/** A client and what becomes of its publishes, which end when they are told how. */
function client() {
  const taken: { payload: string; settle: (outcome: ParcelOutcome) => void }[] = [];
  const refused: ErrorCode[] = [];
  const line = new Line();
  let now = T0;
  const broker = new IngestBroker({
    protocols: ['teltonika', 'can-frames'],
    subscriptions: 2,
    topicBytes: 64,
    identify: ({ username, password }) => (String(password) === 'secret' ? (username ?? null) : null),
    allows: (ident) => ident !== 'unwanted',
    arrived: (link) => link.ident !== 'second',
    refused: (_protocol, code) => void refused.push(code),
    unacknowledged: () => undefined,
  });
  const link = new Link(line, '127.0.0.1:5', null, {
    listener: 'mqtt',
    limits: { packetBytes: 1_000, publishesInFlight: 3, loginDeadlineMs: 5_000, idleTimeoutMs: 60_000 },
    now: () => now,
    writer: new TurnWriter((one) => one.write()),
    packet: (of, bytes, from, end) => broker.take(of, bytes, from, end),
    halted: () => false,
    open: () => ({
      ident: 'box',
      owed: 0,
      tooManyFaults: false,
      receive: (payload, settle) => void taken.push({ payload: Buffer.from(payload).toString(), settle }),
      sent: () => undefined,
      resume: () => undefined,
      abort: () => undefined,
    }),
  });
  return {
    link,
    line,
    taken,
    refused,
    send: (...packets: (Packet | Buffer)[]) =>
      link.take(Buffer.concat(packets.map((packet) => (Buffer.isBuffer(packet) ? packet : generate(packet))))),
    pass: (ms: number) => link.checkSilence((now += ms)),
    /** Bytes written until now, each write apart. */
    written: async () => {
      await turn();
      return line.written.splice(0);
    },
  };
}

const login = (username = 'box', password = 'secret', protocolVersion: 3 | 4 | 5 = 4): Packet => ({
  cmd: 'connect',
  clientId: 'any',
  clean: true,
  keepalive: 10,
  protocolId: protocolVersion === 3 ? 'MQIsdp' : 'MQTT',
  protocolVersion,
  username,
  password: Buffer.from(password),
});
const publish = (messageId: number, payload: string, qos: 0 | 1 | 2 = 1, topic = TOPIC): Packet => ({
  cmd: 'publish',
  topic,
  payload,
  qos,
  messageId,
  dup: false,
  retain: false,
});
const durable = (...replies: Uint8Array[]): ParcelOutcome => ({ kind: 'durable', replies });

describe('a client', () => {
  it.each([
    ['lets in', login(), '20020000', null],
    ['lets in with 3.1', login('box', 'secret', 3), '20020000', null],
    ['tells a wrong password', login('box', 'guess'), '20020004', 'session_credentials'],
    ['tells one that is not on the list', login('unwanted'), '20020004', 'session_not_allowed'],
    ['tells one whose device is there', login('second'), '20020005', 'session_taken'],
    ['tells a version it does not speak', login('box', 'secret', 5), '20020001', 'session_malformed'],
  ] as const)('the broker %s', async (_what, packet, answer, reason) => {
    const { send, written, link, line } = client();
    send(packet);
    expect(await written()).toEqual([answer]);
    await turn();
    expect([link.reason, line.destroyed]).toEqual([reason, reason !== null]);
  });

  it.each([
    ['publishes before it has logged in', [publish(1, 'x')]],
    ['logs in twice', [login(), login()]],
    ['sends what only a broker does', [login(), { cmd: 'pingresp' }]],
  ] as const)('that %s is cut off', async (_what, packets) => {
    const { send, link, line, taken } = client();
    send(...(packets as readonly Packet[]));
    await turn();
    expect([link.reason, line.destroyed, taken.length]).toEqual(['session_malformed', true, 0]);
  });

  it('that takes its leave has ended for no reason, and nothing behind that is taken', async () => {
    const { send, link, line, taken } = client();
    send(login(), { cmd: 'disconnect' }, publish(1, 'x'));
    await turn();
    expect([link.reason, line.destroyed, taken.length]).toEqual([null, true, 0]);
  });

  it('that does not log in is cut off, whatever it has begun to send', () => {
    const { link, pass } = client();
    pass(4_000);
    link.take(Buffer.of(0x10));
    pass(2_000);
    expect(link.reason).toBe('session_login_timeout');
  });

  it('that does not read what it is sent is left unread, and cut off when it goes on', async () => {
    const { send, link, line, pass, taken } = client();
    line.holds = true;
    send(login());
    send(publish(1, 'a'), publish(2, 'b'));
    for (const { settle } of taken) settle(durable());
    await turn();
    expect([line.isPaused(), link.reason]).toEqual([true, null]);
    pass(6_000);
    expect(link.reason).toBe(null);
    pass(6_000);
    expect(link.reason).toBe('session_idle');
  });

  it('is left unread while as many publishes as it may have wait for their receipts', async () => {
    const { send, line, taken } = client();
    send(login(), publish(1, 'a'), publish(2, 'b'));
    expect(line.isPaused()).toBe(false);
    send(publish(3, 'c'));
    expect(line.isPaused()).toBe(true);
    taken[0]?.settle(durable());
    expect(line.isPaused()).toBe(false);
  });
});

describe('a publish', () => {
  it('is acknowledged when it is durable and not before, with others of the same turn in one write', async () => {
    const { send, written, taken } = client();
    send(login());
    await written();
    send(publish(1, 'a'), publish(2, 'b', 2), publish(0x103, 'c', 0));
    expect(taken.map(({ payload }) => payload)).toEqual(['a', 'b', 'c']);
    expect(await written()).toEqual([]);
    for (const { settle } of taken) settle(durable());
    expect(await written()).toEqual(['4002000150020002']);
    send({ cmd: 'pubrel', messageId: 2 });
    expect(await written()).toEqual(['70020002']);
  });

  it.each([
    ['was withheld', { kind: 'withheld', code: 'bug_invariant' }, 'bug_invariant'],
    ['the disk has refused', { kind: 'lost' }, 'spool_io'],
    ['may not come in', { kind: 'turned-away', code: 'session_foreign_ident', refusal: null }, 'session_foreign_ident'],
  ] as const)('that %s is not acknowledged: the client is cut off', async (_what, outcome, reason) => {
    const { send, written, taken, link, line } = client();
    send(login());
    await written();
    send(publish(1, 'a'));
    taken[0]?.settle(outcome);
    expect(await written()).toEqual([]);
    await turn();
    expect([link.reason, line.destroyed]).toEqual([reason, true]);
  });

  it.each([
    ['of another device', 'odograph/v1/other/teltonika'],
    ['of a protocol the listener has not', 'odograph/v1/box/meitrack'],
    ['that is none for frames', `${TOPIC}/reply`],
    ['that is too long', `odograph/v1/${'b'.repeat(60)}/teltonika`],
  ])('under a topic %s is refused, and nothing behind it is taken', (_what, topic) => {
    const { send, taken, refused, link } = client();
    send(login(), publish(1, 'a', 1, topic), publish(2, 'b'));
    expect([taken.length, refused, link.reason]).toEqual([0, ['session_foreign_topic'], 'session_foreign_topic']);
  });

  it('under one of its topics and then another goes to each one’s protocol', () => {
    const { send, taken } = client();
    send(login(), publish(1, 'a'), publish(2, 'b', 1, 'odograph/v1/box/can-frames'), publish(3, 'c'));
    expect(taken.map(({ payload }) => payload)).toEqual(['a', 'b', 'c']);
  });
});

describe('replies', () => {
  const SUBACK_GRANTED = '9003000701';

  it('are heard by who has subscribed to them, until it does no more', async () => {
    const { send, written, taken } = client();
    send(login());
    await written();
    send({ cmd: 'subscribe', messageId: 7, subscriptions: [{ topic: 'odograph/v1/box/+/reply', qos: 1 }] });
    expect(await written()).toEqual([SUBACK_GRANTED]);
    send(publish(1, 'a'));
    taken[0]?.settle(durable(Uint8Array.of(0xab)));
    const reply = generate({
      cmd: 'publish',
      topic: `${TOPIC}/reply`,
      payload: Buffer.of(0xab),
      qos: 0,
      dup: false,
      retain: false,
    });
    expect(await written()).toEqual([`40020001${reply.toString('hex')}`]);
    send({ cmd: 'unsubscribe', messageId: 8, unsubscriptions: ['odograph/v1/box/+/reply'] });
    expect(await written()).toEqual(['b0020008']);
    send(publish(2, 'b'));
    taken[1]?.settle(durable(Uint8Array.of(0xab)));
    expect(await written()).toEqual(['40020002']);
  });

  it('are granted by each filter, foreign ones and those beyond the bound not', async () => {
    const { send, written, refused } = client();
    send(login());
    await written();
    const topics = ['odograph/v1/other/#', 'odograph/v1/box/#', `${TOPIC}/reply`, 'odograph/v1/box/+/reply'];
    send({ cmd: 'subscribe', messageId: 7, subscriptions: topics.map((topic) => ({ topic, qos: 0 })) });
    expect(await written()).toEqual(['9006000780000080']);
    expect(refused).toEqual(['session_foreign_topic', 'session_subscriptions']);
  });
});
