import { describe, expect, test } from 'vitest';
import { bodies, imported } from './import-fixture.ts';

const LOGIN = '000f333536333037303432343431303133';
const BASE64 = Buffer.from(LOGIN, 'hex').toString('base64');
const AT = Date.UTC(2026, 7, 21, 9, 18, 51, 250);
const read = (rows: readonly unknown[], options = {}) =>
  imported('jsonl', rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'), options);

describe('rows of frames', () => {
  test('are read as the published ones are written: hex beside text, rows of one decoder a connection', () => {
    const { entries, counts } = read([
      { source: 'x', kind: 'hex', hex: LOGIN, traccar: { ident: '1' }, decoderInstance: 1 },
      { source: 'x', kind: 'text', hex: '2341', text: '#A', decoderInstance: 1 },
      { source: 'x', kind: 'text', text: '#Ä\r\n', decoderInstance: 2 },
    ]);
    expect(bodies(entries)).toEqual([LOGIN, '2341', '23c3840d0a']);
    const [first, second, third] = entries.map(({ sessionId }) => sessionId);
    expect([first === second, first === third]).toEqual([true, false]);
    expect(entries[0]).toMatchObject({ direction: 'in', transport: 'tcp', ident: null, protocol: null });
    expect(counts).toEqual({ 'no-time': 3 });
  });

  test('of what a cloud has pushed say whose endpoint took it; what devices sent is everybody’s', () => {
    const { entries } = read([
      { hex: '7b7d', transport: 'http', company: 'acme' },
      { hex: LOGIN, transport: 'tcp', company: 'Ford' },
    ]);
    expect(entries.map(({ companyId }) => companyId)).toEqual(['acme', undefined]);
  });

  test('say what they know under the usual names', () => {
    const { entries, counts } = read([
      {
        hex: '00',
        at: AT,
        direction: 'out',
        session: '00112233445566aa',
        transport: 'udp',
        peer: 'p',
        listener: 'l',
        protocol: 'ruptela',
        dialect: 'd',
      },
      { payload_b64: BASE64, timestamp: '2026-08-21T09:18:51.250Z', imei: 356307042441013, dir: '>' },
      { data: [0, 15], encoding: 'hex', time: AT / 1_000 },
      { message: '000f', encoding: 'hex', ts: '1787303931.25' },
      { payload: { type: 'Buffer', data: [1, 2] }, ts: AT * 1_000_000 },
    ]);
    expect(entries[0]).toMatchObject({
      at: AT,
      direction: 'out',
      transport: 'udp',
      sessionId: '00112233445566aa',
      peer: 'p',
      listener: 'l',
      protocol: 'ruptela',
      dialect: 'd',
    });
    expect(entries[1]).toMatchObject({ at: AT, direction: 'out', ident: '356307042441013' });
    expect(bodies(entries)).toEqual(['00', LOGIN, '000f', '000f', '0102']);
    expect(entries.map(({ at }) => at)).toEqual([AT, AT, AT, AT, AT]);
    expect(counts).toEqual({});
  });

  test('that hold no bytes, or no JSON, are skipped with their number', () => {
    const deep = `{"payload":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const { entries, report } = read([
      { hex: '00' },
      '{"hex": "00"',
      '[1]',
      'null',
      { other: 1 },
      { hex: '0' },
      { hex: '' },
      { base64: '?' },
      { payload: '', encoding: 'text' },
      deep,
    ]);
    expect(bodies(entries)).toEqual(['00']);
    expect(report.skipped.map(({ reason, count }) => [reason, count])).toEqual([
      ['not-understood', 8],
      ['empty', 1],
    ]);
  });
});

describe('rows of MQTT messages', () => {
  const topic = 'odograph/v1/356307042441013/teltonika';

  test('tell device and protocol by the topics of the gateway, replies by theirs', () => {
    const { entries } = read([
      { tst: '2026-08-21T09:18:51.250112Z+0000', topic, qos: 1, retain: 0, payloadlen: 17, payload: LOGIN },
      { tst: '2026-08-21T09:18:51.250112Z+0000', topic: `${topic}/reply`, qos: 0, retain: 0, payloadlen: 1, payload: '01' },
      { tst: '2026-08-21T09:18:51.250112Z+0000', topic: 'other/topic', payload: 'AAECAwQFBgcICQoLDA0ODw==' },
    ]);
    expect(entries).toMatchObject([
      { at: AT, direction: 'in', transport: 'mqtt', ident: '356307042441013', protocol: 'teltonika', listener: topic },
      { direction: 'out', ident: '356307042441013', protocol: 'teltonika', sessionId: entries[0]?.sessionId },
      { direction: 'in', ident: null, protocol: null, listener: 'other/topic' },
    ]);
    expect(bodies(entries)).toEqual([LOGIN, '01', '000102030405060708090a0b0c0d0e0f']);
  });

  test('tell them by the topics that are said', () => {
    const { entries } = read(
      [
        { topic: 'fleet/b1/raw/ruptela', payload: '00112233' },
        { topic: 'fleet/b1/info', payload: '00112233' },
      ],
      {
        topics: ['fleet/{ident}/raw/{protocol}'],
      },
    );
    expect(entries).toMatchObject([
      { ident: 'b1', protocol: 'ruptela' },
      { ident: null, protocol: null },
    ]);
  });

  test('are read in the form that gives as many bytes as the message had', () => {
    const forms = [LOGIN, BASE64];
    const { entries, counts } = read([
      ...forms.map((payload) => ({ topic, payloadlen: 17, payload })),
      { topic, payloadlen: 34, payload: LOGIN },
      { topic, payloadlen: 6, payload: 'hé"l' },
      { topic, payloadlen: 5, payload: 'hé"l' },
      { topic, payloadlen: 4, payload: 'ab' },
      { topic, payloadlen: 15, payload: '' },
    ]);
    expect(bodies(entries)).toEqual([LOGIN, LOGIN, Buffer.from(LOGIN).toString('hex'), '68c3a9226c', '22616222']);
    expect(counts).toEqual({ 'no-time': 5, 'payload-lost': 2, rewritten: 1 });
  });

  test('of which nobody says how long they were are guessed, or read as told', () => {
    const payloads = ['00112233', '42', BASE64.slice(0, 24).replace(/.$/, '='), 'temperature1', 'ABCDEFGHIJKLMNOP'];
    const guessed = read(payloads.map((payload) => ({ topic, payload })));
    expect(bodies(guessed.entries)).toEqual([
      '00112233',
      '3432',
      Buffer.from(payloads[2] as string, 'base64').toString('hex'),
      Buffer.from('temperature1').toString('hex'),
      Buffer.from('ABCDEFGHIJKLMNOP').toString('hex'),
    ]);
    expect(guessed.counts).toEqual({ 'no-time': 5, 'taken-as-base64': 1 });
    expect(bodies(read([{ topic, payload: '42' }], { payload: 'hex' }).entries)).toEqual(['42']);
    expect(bodies(read([{ topic, payload: '00112233' }], { payload: 'text' }).entries)).toEqual(['3030313132323333']);
    expect(bodies(read([{ topic, payload: 'AAAA' }], { payload: 'base64' }).entries)).toEqual(['000000']);
    expect(read([{ topic, payload: 'zz' }], { payload: 'hex' }).counts).toEqual({ 'not-understood': 1 });
  });

  test('whose payload is JSON are written anew, and the report says so', () => {
    const { entries, report } = read([
      { topic: 'a', payloadlen: 19, payload: { a: 1.0, b: 'x' } },
      { topic: 'a', payload: 5 },
    ]);
    expect(bodies(entries, 'latin1')).toEqual(['{"a":1,"b":"x"}', '5']);
    expect(report.noted).toMatchObject([
      {
        reason: 'rewritten',
        count: 2,
        first: [
          { where: 'line 1', detail: '15 bytes of 19' },
          { where: 'line 2', detail: '' },
        ],
      },
      { reason: 'no-time' },
    ]);
  });

  test('are read byte by byte where the line is not UTF-8, as mosquitto_sub may print it', () => {
    const line = Buffer.concat([
      Buffer.from('{"topic":"b\u00e4r","payloadlen":6,"payload":"'),
      Buffer.from([0x80, 0xff, 0x41]),
      Buffer.from(String.raw`\"\n\u001b"}`),
    ]);
    const { entries, counts } = imported('mqtt-jsonl', new Uint8Array(line));
    expect(bodies(entries)).toEqual(['80ff41220a1b']);
    expect(counts).toEqual({ 'no-time': 1 });
  });
});
