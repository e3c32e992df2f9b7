/** The same real frames over TCP, TLS and UDP: the same acks and the same rows, but for the way. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '#wire/hex';
import { Authority, haveOpenssl } from '../support/authority.ts';
import { sumOf } from '../support/metrics.ts';
import { haveFrames } from '../support/peer-frames.ts';
import type { RunningGateway } from '../support/running-gateway.ts';
import { publishedFrames, storedRows, PUBLISHED, type PublishedFrame, type StoredRows } from '../support/stored-rows.ts';
import { StreamDevice } from '../support/stream-gateway.ts';
import { UdpDevice } from '../support/udp-gateway.ts';
import { until } from '../support/waiting.ts';

/** A Teltonika frame of a stream as a datagram carries it: without its envelope and checksum, with the device's name. */
function datagramOf({ protocol, ident, frame }: PublishedFrame, packetId: number): Buffer {
  if (protocol !== 'teltonika') return frame;
  const payload = frame.subarray(8, -4);
  const head = Buffer.alloc(8);
  head.writeUInt16BE(head.length - 2 + ident.length + payload.length, 0);
  head.writeUInt16BE(packetId, 2);
  head.set([0x01, packetId & 0xff], 4);
  head.writeUInt16BE(ident.length, 6);
  return Buffer.concat([head, Buffer.from(ident), payload]);
}

/** Hex of the count that acknowledges a frame, empty where nothing does: answers to commands are not acknowledged. */
function countIn({ frame }: PublishedFrame): string {
  return [0x07, 0x08, 0x8e, 0x10].includes(frame[8] as number) ? toHex(frame.subarray(9, 10)) : '';
}

async function overStream(frames: readonly PublishedFrame[], open: () => StreamDevice): Promise<void> {
  for (const sent of frames) {
    const { protocol, ident, frame } = sent;
    const device = open();
    if (protocol === 'teltonika') device.say(Buffer.concat([Buffer.of(0, ident.length), Buffer.from(ident)]));
    device.say(frame);
    device.socket.end();
    await until('the gateway has said all and ended', () => device.ended);
    const count = countIn(sent);
    const expected = protocol === 'teltonika' ? `01${count === '' ? '' : '000000'}${count}` : '06';
    expect([toHex(frame), device.heard]).toEqual([toHex(frame), expected]);
  }
}

async function overUdp(to: RunningGateway, frames: readonly PublishedFrame[]): Promise<void> {
  for (const [packetId, sent] of frames.entries()) {
    const device = new UdpDevice(to.port('datagrams'));
    const datagram = datagramOf(sent, packetId);
    await device.say(datagram);
    const count = countIn(sent);
    if (sent.protocol !== 'teltonika' || count !== '') await until('it is answered', () => device.heard.length > 0);
    device.leave();
    const reply = sent.protocol === 'teltonika' ? `0005${toHex(datagram.subarray(2, 6))}${count}` : '06';
    expect(device.heard).toEqual(sent.protocol === 'teltonika' && count === '' ? [] : [reply]);
  }
  const metrics = await to.metrics();
  expect(sumOf(metrics, 'udp_receive_buffer_bytes', { listener: 'datagrams' })).toBeGreaterThan(0);
  expect(sumOf(metrics, 'udp_kernel_drops_total', { listener: 'datagrams' })).toBe(0);
}

const AT_HOME = { host: '127.0.0.1', port: 0, protocols: PUBLISHED };

describe.skipIf(!haveFrames)('the frames other projects published', () => {
  const frames = haveFrames ? publishedFrames() : [];
  let overTcp: StoredRows;

  beforeAll(async () => {
    const listener = { ...AT_HOME, name: 'plain', transport: 'tcp' };
    overTcp = await storedRows(
      { listeners: [listener] },
      (to) => overStream(frames, () => new StreamDevice(connect({ host: '127.0.0.1', port: to.port('plain') }))),
      frames.length,
    );
  });

  it('give rows over TCP', () => {
    expect(overTcp.transports).toEqual(['tcp']);
    expect(overTcp.rows.length).toBeGreaterThan(40);
  });

  it('give over UDP the rows they give over TCP', async () => {
    const listener = { ...AT_HOME, name: 'datagrams', transport: 'udp' };
    const { rows, transports } = await storedRows({ listeners: [listener] }, (to) => overUdp(to, frames), frames.length);
    expect(transports).toEqual(['udp']);
    expect(rows).toEqual(overTcp.rows);
  });

  describe.skipIf(!haveOpenssl)('with a certificate (skipped without openssl)', () => {
    let authority: Authority;

    beforeAll(() => {
      authority = new Authority();
    });
    afterAll(() => authority.remove());

    it('give over TLS the rows they give over TCP', async () => {
      const listener = { ...AT_HOME, name: 'private', transport: 'tcp', tls: authority.issue('gateway.test') };
      const ca = readFileSync(authority.certFile);
      const { rows, transports } = await storedRows(
        { listeners: [listener] },
        (to) =>
          overStream(
            frames,
            () => new StreamDevice(connectTls({ host: '127.0.0.1', port: to.port('private'), ca, servername: 'gateway.test' })),
          ),
        frames.length,
      );
      expect(transports).toEqual(['tls']);
      expect(rows).toEqual(overTcp.rows);
    });
  });
});
