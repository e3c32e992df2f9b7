import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { PublishLane } from './publish-lane.ts';

const TOPIC = 'odograph/v1/box/teltonika';

/** A publish with this first byte; its payload is the packet id. */
function publish(id: number, first = 0x32, topic = TOPIC): Buffer {
  const body = Buffer.from([0, topic.length, ...Buffer.from(topic), id >> 8, id & 0xff, id >> 8, id & 0xff]);
  return Buffer.from([first, body.length, ...body]);
}

function laneOf(changes: { isOpen?: () => boolean } = {}) {
  const taken: { payload: string; done: (error?: Error) => void }[] = [];
  const stream = new PassThrough();
  const lane = new PublishLane({
    stream,
    isOpen: () => true,
    protocolOf: (topic) => (topic === TOPIC ? 'teltonika' : null),
    take: (_protocol, payload, done) => void taken.push({ payload: Buffer.from(payload).toString('hex'), done }),
    ...changes,
  });
  return { lane, taken, stream };
}

const PINGREQ = Buffer.from([0xc0, 0]);

describe('publishes', () => {
  it('are taken in order where a chunk consists of them alone', () => {
    const { lane, taken } = laneOf();
    expect(lane.take(Buffer.concat([publish(1), publish(2, 0x3a), publish(0x1_03)]))).toBe(true);
    expect(taken.map(({ payload }) => payload)).toEqual(['0001', '0002', '0103']);
  });

  it.each([
    ['is cut off', publish(1).subarray(0, -1)],
    ['ends in the head of one', Buffer.concat([publish(1), Buffer.from([0x32])])],
    ['has another packet in it', Buffer.concat([publish(1), PINGREQ])],
    ['has QoS 0', publish(1, 0x30)],
    ['has QoS 2', publish(1, 0x34)],
    ['is to be retained', publish(1, 0x33)],
    ['has no packet id', publish(0)],
    ['has a foreign topic', Buffer.concat([publish(1), publish(2, 0x32, 'odograph/v1/other/teltonika')])],
    ['has a topic longer than itself', Buffer.from([0x32, 4, 0, 9, 65, 66])],
    ['has a length that is none', Buffer.from([0x32, 0xff, 0xff, 0xff, 0xff, 0x01, 0, 0])],
  ])('leave a chunk to the broker, whole, that %s', (_what, chunk) => {
    const { lane, taken } = laneOf();
    expect(lane.take(chunk)).toBe(false);
    expect(taken).toEqual([]);
  });

  it('are the broker’s before the client has its CONNACK, and while it does not read its acks', () => {
    expect(laneOf({ isOpen: () => false }).lane.take(publish(1))).toBe(false);
    const { lane, stream } = laneOf();
    stream.cork();
    stream.write('unread');
    expect(lane.take(publish(1))).toBe(false);
  });

  it('behind one that has the client cut off are not taken', () => {
    const { lane, taken } = laneOf({ isOpen: () => taken.length === 0 });
    expect(lane.take(Buffer.concat([publish(1), publish(2)]))).toBe(true);
    expect(taken).toHaveLength(1);
  });
});

describe('a PUBACK', () => {
  it('leaves when its publish is done, and not where it failed', async () => {
    const { lane, taken, stream } = laneOf();
    lane.take(Buffer.concat([publish(1), publish(2), publish(0x1_03)]));
    await new Promise((resolve) => void setImmediate(resolve));
    expect(stream.read()).toBe(null);
    taken[0]?.done();
    taken[1]?.done(new Error('cut off'));
    taken[2]?.done();
    await new Promise((resolve) => void setImmediate(resolve));
    expect((stream.read() as Buffer).toString('hex')).toBe('4002000140020103');
  });
});
