/** The same real frames over TCP, over the embedded broker and over a broker elsewhere: the same rows, but for the way. */
import { connectAsync } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { hashPassword } from '../../src/listen/mqtt/credentials.ts';
import { haveMosquitto, Mosquitto } from '../support/mosquitto.ts';
import { sumOf } from '../support/metrics.ts';
import { haveFrames, peerFrames } from '../support/peer-frames.ts';
import { PlainClient } from '../support/plain-client.ts';
import { RunningGateway, type TestSettings } from '../support/running-gateway.ts';
import { until } from '../support/waiting.ts';

interface Sent {
  protocol: 'teltonika' | 'astra-telematics';
  ident: string;
  frame: Buffer;
}

const FILES = { teltonika: 'teltonika', 'astra-telematics': 'astra' } as const;
const PASSWORD = 'secret';

function wholeFrames(protocol: Sent['protocol']): Sent[] {
  return peerFrames(FILES[protocol])
    .filter(({ checksumOk, hex, traccar }) => checksumOk === true && hex !== undefined && traccar?.ident)
    .map(({ hex, traccar }) => ({ protocol, ident: traccar?.ident ?? '', frame: Buffer.from(hex ?? '', 'hex') }));
}

let gateway: RunningGateway | null = null;
let broker: Mosquitto | null = null;

async function rowsOf(settings: TestSettings, send: (to: RunningGateway) => Promise<void>, frames: number): Promise<unknown[]> {
  gateway = await RunningGateway.start({ clickhouse: { batchAgeMs: 20 }, ...settings });
  const { gateway: running } = gateway;
  await send(gateway);
  const received = () => running.ledger.snapshot().reduce((sum, row) => sum + row.received, 0);
  await until('every frame has come in', () => received() >= frames);
  await gateway.stored();
  // A message without a clock of its own is dated by its arrival.
  const rows = await gateway.rows<{ transport: string }>(
    `SELECT * EXCEPT (listener, batch_id, spool_id, spool_seq, row_index, received_at, stored_at, device_time, observed_at),
       clock_repair = 'missing' AS timeless, if(timeless, received_at, device_time) = device_time AS right,
       if(timeless, NULL, device_time) AS device, if(timeless, NULL, observed_at) AS observed
     FROM odograph.messages FINAL ORDER BY ident, record_id`,
  );
  const way = new Set(rows.map(({ transport }) => transport));
  expect(way.size).toBe(1);
  await gateway.remove();
  gateway = null;
  return rows.map((row) => ({ ...row, transport: null }));
}

async function overTcp(to: RunningGateway, frames: readonly Sent[]): Promise<void> {
  for (const { protocol, ident, frame } of frames) {
    const client = await PlainClient.connect(to.port());
    const login = protocol === 'teltonika' ? Buffer.from(`000f${Buffer.from(ident).toString('hex')}`, 'hex') : Buffer.alloc(0);
    client.say(Buffer.concat([login, frame]));
    await client.finish();
  }
}

async function overMqtt(
  url: string,
  topicOf: (sent: Sent) => string,
  frames: readonly Sent[],
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
  await gateway?.remove();
  await broker?.remove();
  gateway = null;
  broker = null;
});

describe.skipIf(!haveFrames)('the frames other projects published', () => {
  it('give over the embedded broker the rows they give over TCP', async () => {
    const frames = [...wholeFrames('teltonika'), ...wholeFrames('astra-telematics')];
    const expected = await rowsOf({}, (to) => overTcp(to, frames), frames.length);
    expect(expected.length).toBeGreaterThan(40);
    const credentials = [...new Set(frames.map(({ ident }) => ident))].map((username) => ({
      username,
      passwordHash: hashPassword(PASSWORD),
    }));
    const protocols = Object.keys(FILES);
    const listener = { name: 'mqtt', transport: 'mqtt', host: '127.0.0.1', port: 0, protocols, mqtt: { credentials } };
    const rows = await rowsOf(
      { listeners: [listener] },
      (to) => overMqtt(`mqtt://127.0.0.1:${to.port('mqtt')}`, topicHere, frames, true),
      frames.length,
    );
    expect(rows).toEqual(expected);
  });

  it.skipIf(!haveMosquitto)('give over a broker elsewhere the rows they give over TCP', async () => {
    const frames = [...wholeFrames('teltonika'), ...wholeFrames('astra-telematics')];
    const expected = await rowsOf({}, (to) => overTcp(to, frames), frames.length);
    const elsewhere = await Mosquitto.start();
    broker = elsewhere;
    const subscription = {
      name: 'fleet',
      url: elsewhere.url,
      topics: ['fleet/{protocol}/{ident}/raw'],
      protocols: Object.keys(FILES),
    };
    const rows = await rowsOf(
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
    expect(rows).toEqual(expected);
  });
});

const topicHere = ({ ident, protocol }: Sent) => `odograph/v1/${ident}/${protocol}`;
const topicElsewhere = ({ ident, protocol }: Sent) => `fleet/${protocol}/${ident}/raw`;
