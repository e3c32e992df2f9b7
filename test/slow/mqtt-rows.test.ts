/** The same real frames over TCP, over the embedded broker and over a broker elsewhere: the same rows, but for the way. */
import { connectAsync } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { hashPassword } from '../../src/listen/mqtt/credentials.ts';
import { haveMosquitto, Mosquitto } from '../support/mosquitto.ts';
import { sumOf } from '../support/metrics.ts';
import { haveFrames } from '../support/peer-frames.ts';
import { PlainClient } from '../support/plain-client.ts';
import type { RunningGateway } from '../support/running-gateway.ts';
import { PUBLISHED, publishedFrames, storedRows, type PublishedFrame } from '../support/stored-rows.ts';
import { until } from '../support/waiting.ts';

const PASSWORD = 'secret';

let broker: Mosquitto | null = null;

async function overTcp(to: RunningGateway, frames: readonly PublishedFrame[]): Promise<void> {
  for (const { protocol, ident, frame } of frames) {
    const client = await PlainClient.connect(to.port());
    const login = protocol === 'teltonika' ? Buffer.from(`000f${Buffer.from(ident).toString('hex')}`, 'hex') : Buffer.alloc(0);
    client.say(Buffer.concat([login, frame]));
    await client.finish();
  }
}

async function overMqtt(
  url: string,
  topicOf: (sent: PublishedFrame) => string,
  frames: readonly PublishedFrame[],
  perDevice: boolean,
): Promise<void> {
  for (const group of perDevice ? Map.groupBy(frames, ({ ident }) => ident).values() : [frames]) {
    const username = group[0]?.ident ?? '';
    const client = await connectAsync(url, { username, password: PASSWORD });
    for (const sent of group) await client.publishAsync(topicOf(sent), sent.frame, { qos: 1 });
    await client.endAsync();
  }
}

afterEach(async () => {
  await broker?.remove();
  broker = null;
});

describe.skipIf(!haveFrames)('the frames other projects published', () => {
  it('give over the embedded broker the rows they give over TCP', async () => {
    const frames = publishedFrames();
    const { rows: expected } = await storedRows({}, (to) => overTcp(to, frames), frames.length);
    expect(expected.length).toBeGreaterThan(40);
    const credentials = [...new Set(frames.map(({ ident }) => ident))].map((username) => ({
      username,
      passwordHash: hashPassword(PASSWORD),
    }));
    const place = { host: '127.0.0.1', port: 0, protocols: PUBLISHED };
    const listener = { name: 'mqtt', transport: 'mqtt', ...place, mqtt: { credentials } };
    const { rows, transports } = await storedRows(
      { listeners: [listener] },
      (to) => overMqtt(`mqtt://127.0.0.1:${to.port('mqtt')}`, topicHere, frames, true),
      frames.length,
    );
    expect(transports).toEqual(['mqtt']);
    expect(rows).toEqual(expected);
  });

  it.skipIf(!haveMosquitto)('give over a broker elsewhere the rows they give over TCP', async () => {
    const frames = publishedFrames();
    const { rows: expected } = await storedRows({}, (to) => overTcp(to, frames), frames.length);
    const elsewhere = await Mosquitto.start();
    broker = elsewhere;
    const subscription = {
      name: 'fleet',
      url: elsewhere.url,
      topics: ['fleet/{protocol}/{ident}/raw'],
      protocols: PUBLISHED,
    };
    const { rows, transports } = await storedRows(
      { listeners: [], subscriptions: [subscription] },
      async (to) => {
        await until(
          'the subscription is up',
          async () => sumOf(await to.metrics(), 'connections', { listener: 'fleet' }) === 8,
        );
        await overMqtt(elsewhere.url, topicElsewhere, frames, false);
      },
      frames.length,
    );
    expect(transports).toEqual(['mqtt']);
    expect(rows).toEqual(expected);
  });
});

const topicHere = ({ ident, protocol }: PublishedFrame) => `odograph/v1/${ident}/${protocol}`;
const topicElsewhere = ({ ident, protocol }: PublishedFrame) => `fleet/${protocol}/${ident}/raw`;
