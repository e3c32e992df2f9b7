/**
 * The frames other projects published, from a plain socket to rows in ClickHouse, against what Traccar makes of them. What
 * their attributes mean is compared beside each codec, in `protocols/<name>/peer.test.ts`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sumOf } from '../support/metrics.ts';
import { extraFrames, haveFrames, peerFrames, type PeerFrame, type PeerPosition } from '../support/peer-frames.ts';
import { PlainClient } from '../support/plain-client.ts';
import { RunningGateway } from '../support/running-gateway.ts';

/** What one message states, in the peer's view or in ours. Absent is `null`. */
interface Stated {
  deviceTime: string | null;
  lat: number | null;
  lon: number | null;
  valid: boolean;
  /** To the thousandth: the column is a Float32, and the peer counts in knots. */
  speedKmh: number | null;
  courseDeg: number | null;
  altitudeM: number | null;
  satellites: number | null;
}

/** Where we differ from the peer on purpose, by the line of its test. A difference that is not listed here fails. */
const DIFFERENCES: Record<string, { fields: Partial<Stated>; why: string }> = {
  'teltonika 63': {
    fields: { deviceTime: '2019-07-19T13:52:52.000Z' },
    why: 'the clock is eight bytes of milliseconds; the peer reads the upper four as seconds',
  },
  'astra-telematics 19': {
    fields: { valid: false },
    why: 'status bit 2 says that the receiver has no fix; the peer does not look at it',
  },
};

/** Rows that are no frame of a stream. */
const NOT_STREAMED: Record<string, string> = {
  'teltonika 191': 'a datagram',
  'teltonika 147': 'a ping, which is no frame: every conversation here has one between its frames',
};

/** Frames with a wrong checksum that are cut otherwise than as one refused frame of their own length. */
const REFUSED_OTHERWISE: Record<string, { refused: [code: string, bytes: number][]; takesNext: boolean; why: string }> = {
  'teltonika 117': {
    refused: [
      ['wire_crc', 179],
      ['wire_length', 8],
      ['wire_resync', 717],
    ],
    takesNext: true,
    why: 'it is two bytes short and takes them from the next frame, of which the rest is no frame; the one after it is taken',
  },
};

const KMH_PER_KNOT = 1.852;
const PING = Buffer.from('ff', 'hex');
const LOGIN_ACK = '01';

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1_000) / 1_000;
}

function loginOf(imei: string): Buffer {
  return Buffer.concat([Buffer.from('000f', 'hex'), Buffer.from(imei, 'ascii')]);
}

interface Sent {
  name: string;
  bytes: Buffer;
  ident: string;
  acks: string[];
  positions: Stated[];
  checksumOk: boolean;
}

function statedByPeer(position: PeerPosition, differences: Partial<Stated>): Stated {
  const { deviceTime, lat, lon, valid, speedKn, course: courseDeg, altitude: altitudeM, attributes } = position;
  const time = deviceTime === null ? null : new Date(deviceTime).toISOString();
  const satellites = typeof attributes['sat'] === 'number' ? attributes['sat'] : null;
  // Answers to commands have no place; the peer repeats the last known one and calls it outdated.
  const place = position.outdated
    ? { lat: null, lon: null, valid: false, speedKmh: null, courseDeg: null, altitudeM: null, satellites: null }
    : { lat, lon, valid, speedKmh: rounded(speedKn * KMH_PER_KNOT), courseDeg, altitudeM, satellites };
  return { deviceTime: time, ...place, ...differences };
}

function sentOf(protocol: string, row: PeerFrame): Sent {
  const name = `${protocol} ${row.source.split(':').at(-1)}`;
  const { ident, acks = [], positions = [] } = row.traccar ?? {};
  return {
    name,
    bytes: Buffer.from(row.hex ?? '', 'hex'),
    ident: ident ?? '',
    acks,
    positions: positions.map((position) => statedByPeer(position, DIFFERENCES[name]?.fields ?? {})),
    checksumOk: row.checksumOk === true,
  };
}

function streamed(file: string, protocol: string): Sent[] {
  return peerFrames(file)
    .map((row) => sentOf(protocol, row))
    .filter(({ name }) => NOT_STREAMED[name] === undefined);
}

/** Bytes that go over one connection, with the acks they must bring. */
interface Conversation {
  chunks: Buffer[];
  acks: string;
}

interface StoredRow {
  frame: string;
  ident: string;
  clock_repair: string;
  device_time: string;
  lat: number | null;
  lon: number | null;
  valid: boolean;
  speed_kmh: number | null;
  course_deg: number | null;
  altitude_m: number | null;
  satellites: number | null;
}

function statedByUs(row: StoredRow): Stated {
  return {
    deviceTime: row.clock_repair === 'missing' ? null : new Date(`${row.device_time}Z`).toISOString(),
    lat: row.lat,
    lon: row.lon,
    valid: row.valid,
    speedKmh: rounded(row.speed_kmh),
    courseDeg: row.course_deg,
    altitudeM: row.altitude_m,
    satellites: row.satellites,
  };
}

describe.skipIf(!haveFrames)('the frames other projects published', () => {
  const teltonika = haveFrames ? streamed('teltonika', 'teltonika') : [];
  const astra = haveFrames ? streamed('astra', 'astra-telematics') : [];
  const good = [...teltonika, ...astra].filter(({ checksumOk }) => checksumOk);
  const bad = [...teltonika, ...astra].filter(({ checksumOk }) => !checksumOk);
  let gateway: RunningGateway;

  beforeAll(async () => {
    gateway = await RunningGateway.start({ clickhouse: { batchAgeMs: 20 } });
  });
  afterAll(() => gateway.remove());

  /** Teltonika's boxes log in once, and pings come between their frames; Astra's frames each name their device. */
  function conversations(): Conversation[] {
    const boxes = teltonika.filter(({ checksumOk }) => checksumOk);
    const imei = boxes[0]?.ident ?? '';
    const spoken = boxes.flatMap(({ bytes }) => [bytes, PING]);
    return [
      { chunks: [loginOf(imei), ...spoken], acks: LOGIN_ACK + boxes.flatMap(({ acks }) => acks).join('') },
      ...astra.map(({ bytes, acks }) => ({ chunks: [bytes], acks: acks.join('') })),
    ];
  }

  async function converse({ chunks }: Conversation, way: 'burst' | 'bytes'): Promise<string> {
    const client = await PlainClient.connect(gateway.port());
    if (way === 'burst') client.say(Buffer.concat(chunks));
    else await client.sayByteByByte(Buffer.concat(chunks));
    return (await client.finish()).toString('hex');
  }

  async function storedMessages(): Promise<Map<string, StoredRow[]>> {
    await gateway.stored();
    const rows = await gateway.rows<StoredRow>(
      `SELECT lower(hex(f.frame)) AS frame, m.ident AS ident, clock_repair, device_time, lat, lon, valid, speed_kmh, course_deg, altitude_m, satellites
       FROM (SELECT * FROM odograph.messages FINAL) AS m INNER JOIN odograph.frames AS f ON f.spool_id = m.spool_id AND f.spool_seq = m.spool_seq
       ORDER BY m.spool_seq, m.row_index`,
    );
    return Map.groupBy(rows, ({ frame }) => frame);
  }

  it('are there', () => {
    expect(teltonika.length).toBeGreaterThan(25);
    expect(astra.length).toBeGreaterThanOrEqual(3);
    expect(bad.length).toBeGreaterThan(4);
  });

  it('give the peer’s acks, idents and positions when they come one byte at a time', async () => {
    const talks = conversations();
    const heard = await Promise.all(talks.map((talk) => converse(talk, 'bytes')));
    expect(heard).toEqual(talks.map(({ acks }) => acks));
    const stored = await storedMessages();
    for (const { name, bytes, ident, positions } of good) {
      const rows = stored.get(bytes.toString('hex')) ?? [];
      expect(rows.map(statedByUs), name).toEqual(positions);
      expect(new Set(rows.map((row) => row.ident)), name).toEqual(new Set(positions.length === 0 ? [] : [ident]));
    }
  });

  it('are each stored once when they come again, now in one burst, and bring the same acks', async () => {
    const before = await gateway.metrics();
    const talks = conversations();
    expect(await Promise.all(talks.map((talk) => converse(talk, 'burst')))).toEqual(talks.map(({ acks }) => acks));
    await gateway.stored();
    const after = await gateway.metrics();
    const grown = (column: string): number =>
      sumOf(after, 'frames_total', { column }) - sumOf(before, 'frames_total', { column });
    const logins = 1;
    const telling = good.filter(({ positions }) => positions.length > 0).length;
    expect({ duplicate: grown('duplicate'), stored: grown('stored'), quarantined: grown('quarantined') }).toEqual({
      duplicate: telling,
      stored: good.length - telling + logins,
      quarantined: 0,
    });
    expect(sumOf(after, 'ledger_imbalance_frames')).toBe(0);
    expect(sumOf(after, 'frames_in_flight')).toBe(0);
    const [count] = await gateway.rows<{ rows: string; final: string }>(
      'SELECT count() AS rows, (SELECT count() FROM odograph.messages FINAL) AS final FROM odograph.messages',
    );
    const expected = String(good.flatMap(({ positions }) => positions).length);
    expect(count).toEqual({ rows: expected, final: expected });
    // Both ways gave the same frames: what was stored of them the first time holds for the second.
    const ways = await gateway.rows<{ frame: string; times: string }>(
      "SELECT lower(hex(frame)) AS frame, count() AS times FROM odograph.frames WHERE messages > 0 OR outcome = 'duplicate' GROUP BY frame",
    );
    expect(new Map(ways.map(({ frame, times }) => [frame, times]))).toEqual(
      new Map(good.filter(({ positions }) => positions.length > 0).map(({ bytes }) => [bytes.toString('hex'), '2'])),
    );
  });

  it.each(bad.map((sent) => [sent.name, sent] as const))(
    'are refused, kept with their reason and not acked where their checksum is wrong: %s',
    async (name, { bytes, ident }) => {
      // Of eight records, so that its ack is like that of none of the refused frames.
      const next = good.find((sent) => sent.name === 'teltonika 99') as Sent;
      const { refused = [['wire_crc', bytes.length]], takesNext = false } = REFUSED_OTHERWISE[name] ?? {};
      const stream = Buffer.concat([loginOf(ident), bytes, next.bytes, next.bytes]);
      for (const way of ['burst', 'bytes'] as const) {
        const client = await PlainClient.connect(gateway.port());
        const peer = client.name;
        if (way === 'burst') client.say(stream);
        else await client.sayByteByByte(stream);
        const heard = (await client.finish()).toString('hex');
        expect(heard, way).toBe(LOGIN_ACK + next.acks.join('').repeat(takesNext ? 1 : 2));
        await gateway.stored();
        const kept = await gateway.rows<{ code: string; detail: string; bytes: number }>(
          `SELECT code, detail, toInt32(length(frame)) AS bytes FROM odograph.quarantine WHERE peer = '${peer}' ORDER BY spool_seq`,
        );
        expect(kept.map((row) => [row.code, row.bytes], way)).toEqual(refused);
        expect(kept[0]?.detail, way).toMatch(/^crc is 0x[0-9a-f]{8}, computed 0x[0-9a-f]{4}$/);
        // Whatever was refused, nothing of what was sent is missing.
        const all = await gateway.rows<{ frame: string }>(
          `SELECT lower(hex(frame)) AS frame FROM odograph.frames WHERE peer = '${peer}' ORDER BY spool_seq`,
        );
        expect(all.map(({ frame }) => frame).join(''), way).toBe(stream.toString('hex'));
      }
    },
  );

  it('are read where public issues quote them, without a peer to compare with', async () => {
    const [login, ...frames] = extraFrames('teltonika').filter(({ provenance }) => provenance.startsWith('TCP'));
    const imei = login?.bytes.subarray(2).toString('ascii') ?? '';
    expect(login?.bytes).toEqual(loginOf(imei));
    const client = await PlainClient.connect(gateway.port());
    client.say(login?.bytes ?? PING, ...frames.map(({ bytes }) => bytes));
    const counts = frames.map(({ bytes }) => bytes[RECORD_COUNT_AT] as number);
    expect((await client.finish()).toString('hex')).toBe(
      LOGIN_ACK + counts.map((count) => count.toString(16).padStart(8, '0')).join(''),
    );
    const stored = await storedMessages();
    for (const { bytes, provenance } of frames) {
      const rows = stored.get(bytes.toString('hex')) ?? [];
      expect(rows.length, provenance).toBe(bytes[RECORD_COUNT_AT]);
      expect(rows[0]?.ident).toBe(imei);
      expect(statedByUs(rows[0] as StoredRow), provenance).toEqual(firstRecordOf(bytes));
    }
  });
});

const RECORD_COUNT_AT = 9;
const FIRST_RECORD_AT = 10;

/** The place of the first record of a Codec 8 frame, read by its offsets as the vendor's page has them. */
function firstRecordOf(frame: Buffer): Stated {
  const record = frame.subarray(FIRST_RECORD_AT);
  const satellites = record.readUInt8(21);
  return {
    deviceTime: new Date(Number(record.readBigUInt64BE(0))).toISOString(),
    lon: record.readInt32BE(9) / 1e7,
    lat: record.readInt32BE(13) / 1e7,
    altitudeM: record.readInt16BE(17),
    courseDeg: record.readUInt16BE(19),
    satellites,
    speedKmh: record.readUInt16BE(22),
    valid: satellites > 0,
  };
}
