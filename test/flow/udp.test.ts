import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { toHex } from '#wire/hex';
import { astraTelematics } from '../../protocols/astra-telematics/index.ts';
import { canFrames } from '../../protocols/can-frames/index.ts';
import { teltonika } from '../../protocols/teltonika/index.ts';
import { golden } from '../support/goldens.ts';
import { UdpDevice, UdpGateway } from '../support/udp-gateway.ts';
import { until } from '../support/waiting.ts';

const DATAGRAM = golden('teltonika', 'udp-codec8-spec');
const DATAGRAM_REPLY = '0005cafe010501';
const OF_ASTRA = golden('astra-telematics', 'k-udp');
const OF_CAN_FRAMES = golden('can-frames', 'udp');
/** Long enough for a loopback answer that should not come. */
const SILENCE_MS = 150;

/** The datagram with another packet id: what its device would send next. */
function numbered(id: number): Buffer {
  const datagram = Buffer.from(DATAGRAM);
  datagram.writeUInt16BE(id, 2);
  return datagram;
}

const replyTo = (id: number) => `0005${id.toString(16).padStart(4, '0')}010501`;

let gateway: UdpGateway;
let devices: UdpDevice[] = [];

async function start(...[codecs = [teltonika], changes]: Partial<Parameters<typeof UdpGateway.start>>): Promise<void> {
  gateway = await UdpGateway.start(codecs, changes);
}

function device(): UdpDevice {
  const one = new UdpDevice(gateway.port);
  devices.push(one);
  return one;
}

const frames = async () => (await gateway.durable()).map(({ frame }) => toHex(frame));

afterEach(async () => {
  for (const one of devices) one.leave();
  devices = [];
  await gateway.stop();
});

describe('a UDP reply', () => {
  it('does not leave while the sync is held, however many devices wait, and leaves when it has succeeded', async () => {
    await start();
    gateway.disk.holdSyncs();
    const ten = Array.from({ length: 10 }, device);
    await Promise.all(ten.map((one, id) => one.say(numbered(id))));
    await until('all are owed', () => gateway.listener.owed === 10);
    await pause(SILENCE_MS);
    expect(ten.map(({ heard }) => heard)).toEqual(ten.map(() => []));
    gateway.disk.releaseSyncs();
    await until('all are answered', () => ten.every(({ heard }) => heard.length > 0));
    expect(ten.map(({ heard }) => heard)).toEqual(ten.map((_, id) => [replyTo(id)]));
    expect(gateway.listener.owed).toBe(0);
  });

  it('never leaves for a datagram whose sync failed, and leaves for its resend', async () => {
    await start();
    const one = device();
    gateway.disk.failNextSync();
    await one.say(DATAGRAM);
    await until('the frame is lost', () => gateway.refused.length > 0);
    await pause(SILENCE_MS);
    expect([one.heard, gateway.refused]).toEqual([[], ['spool_io']]);
    await until('the disk is well', () => gateway.spool.accepting);
    await one.say(DATAGRAM);
    await until('the resend is answered', () => one.heard.length > 0);
    expect(one.heard).toEqual([DATAGRAM_REPLY]);
    expect(await frames()).toEqual([toHex(DATAGRAM)]);
  });

  it('waits out a full disk: what fits into memory is answered when there is room, the rest is refused and counted', async () => {
    await start([teltonika], { waitingBytes: 3 * DATAGRAM.length });
    gateway.disk.failWrites('ENOSPC');
    const [first, ...others] = Array.from({ length: 6 }, device) as [UdpDevice, ...UdpDevice[]];
    await first.say(DATAGRAM);
    await until('the disk refuses', () => !gateway.spool.accepting);
    for (const [id, one] of others.entries()) await one.say(numbered(id));
    await until('two are refused', () => gateway.refused.length >= 3);
    await pause(SILENCE_MS);
    expect([first, ...others].flatMap(({ heard }) => heard)).toEqual([]);
    expect(gateway.refused.toSorted()).toEqual(['listener_busy', 'listener_busy', 'spool_io']);
    gateway.disk.failWrites(null);
    await until('three are answered', () => others.filter(({ heard }) => heard.length > 0).length === 3);
    expect(await frames()).toHaveLength(3);
  });

  it('serves a datagram and its repeats that came while it was on its way to the disk', async () => {
    await start();
    gateway.disk.holdSyncs();
    const one = device();
    await one.say(DATAGRAM, DATAGRAM, DATAGRAM);
    await until('the repeats are counted', () => gateway.refused.length === 2);
    gateway.disk.releaseSyncs();
    await until('it is answered', () => one.heard.length > 0);
    await pause(SILENCE_MS);
    expect([one.heard, gateway.refused]).toEqual([[DATAGRAM_REPLY], ['session_repeat', 'session_repeat']]);
    await one.say(DATAGRAM);
    await until('a later resend is answered', () => one.heard.length > 1);
    expect(await frames()).toHaveLength(2);
  });

  it('still leaves when the port takes no more', async () => {
    await start();
    gateway.disk.holdSyncs();
    const one = device();
    await one.say(DATAGRAM);
    await until('it is owed', () => gateway.listener.owed === 1);
    gateway.listener.drain();
    await one.say(numbered(7));
    await pause(SILENCE_MS);
    gateway.disk.releaseSyncs();
    await until('it is answered', () => one.heard.length > 0);
    expect(await frames()).toEqual([toHex(DATAGRAM)]);
  });
});

describe('a UDP port', () => {
  it('takes many protocols, each datagram by its own first bytes, and none that nobody knows', async () => {
    await start([teltonika, astraTelematics, canFrames]);
    const one = device();
    await one.say(DATAGRAM, OF_ASTRA, OF_CAN_FRAMES, Buffer.from('GET / HTTP/1.1\r\n'));
    await until('three are answered', () => one.heard.length === 3);
    const records = await gateway.durable();
    expect(records.map(({ protocol, transport }) => [protocol, transport])).toEqual([
      ['teltonika', 'udp'],
      ['astra-telematics', 'udp'],
      ['can-frames', 'udp'],
    ]);
    expect(gateway.refused).toEqual(['wire_unknown']);
    expect(gateway.opened).toBe(1);
  });

  it('remembers a bounded number of peers and forgets silent ones, which costs nobody a reply', async () => {
    await start([teltonika], { limits: { connections: 3, connectionsPerAddress: 100, idleTimeoutMs: 60_000 } });
    gateway.disk.holdSyncs();
    const five = Array.from({ length: 5 }, device);
    for (const [id, one] of five.entries()) await one.say(numbered(id));
    await until('all are owed', () => gateway.listener.owed === 5);
    expect(gateway.listener.connections).toBe(3);
    expect(gateway.closed).toEqual(['listener_limit', 'listener_limit']);
    gateway.disk.releaseSyncs();
    await until('all are answered', () => five.every(({ heard }) => heard.length > 0));
    expect(five.map(({ heard }) => heard)).toEqual(five.map((_, id) => [replyTo(id)]));
    gateway.laterMs = 61_000;
    await until('all are forgotten', () => gateway.listener.connections === 0);
    expect(gateway.closed.slice(2)).toEqual([null, null, null]);
  });

  it('does not listen for a while to a peer that sends fault after fault, and to all others', async () => {
    await start();
    const faulty = device();
    for (let n = 0; n < 6; n++) await faulty.say(Uint8Array.of(0, 9, n));
    await until('it is muted', () => gateway.refused.filter((code) => code === 'session_faults').length === 2);
    await faulty.say(DATAGRAM);
    const honest = device();
    await honest.say(numbered(1));
    await until('the other is answered', () => honest.heard.length > 0);
    expect(faulty.heard).toEqual([]);
    gateway.laterMs = 61_000;
    await faulty.say(numbered(2));
    await until('it is heard again', () => faulty.heard.length > 0);
    // The first faulty datagram of a stranger is kept, the others are only counted.
    expect((await gateway.durable()).map(({ fault }) => fault)).toEqual(['wire_length', null, null]);
  });

  it('listens to a muted peer again where the clock was set back, and not only when it is there again', async () => {
    await start();
    const faulty = device();
    for (let n = 0; n < 6; n++) await faulty.say(Uint8Array.of(0, 9, n));
    await until('it is muted', () => gateway.refused.filter((code) => code === 'session_faults').length === 2);
    gateway.laterMs = -3_600_000;
    await faulty.say(numbered(1));
    await until('it is heard', () => faulty.heard.length > 0);
    expect(faulty.heard).toEqual([replyTo(1)]);
  });

  it('does not answer a device that may not come in', async () => {
    await start();
    gateway.admits = false;
    const one = device();
    await one.say(DATAGRAM);
    await until('it is refused', () => gateway.refused.length > 0);
    await pause(SILENCE_MS);
    expect([one.heard, gateway.refused]).toEqual([[], ['session_unknown_ident']]);
  });

  it('passes over empty datagrams, and says why it cannot be bound', async () => {
    await start();
    const one = device();
    await one.say(Buffer.alloc(0), DATAGRAM);
    await until('it is answered', () => one.heard.length > 0);
    expect([gateway.refused, gateway.opened]).toEqual([[], 1]);
    const { port } = gateway;
    await expect(UdpGateway.start([teltonika], { port })).rejects.toThrow(
      `listener "datagrams" cannot bind 127.0.0.1:${port}: another process listens there`,
    );
  });

  it.skipIf(!existsSync('/proc/net/udp'))('counts what the kernel threw away while the gateway did not read', async () => {
    await start([teltonika], { receiveBufferBytes: 4_096 });
    expect(gateway.listener.kernelDrops).toBe(0);
    const flood = `const s = require('dgram').createSocket('udp4'); let left = 500;
      for (let n = 0; n < 500; n++) s.send(Buffer.alloc(500), ${gateway.port}, '127.0.0.1', () => --left || s.close());`;
    // Synchronous: nothing is read meanwhile.
    spawnSync(process.execPath, ['-e', flood]);
    expect(gateway.listener.receiveBufferBytes).toBeLessThan(100_000);
    expect(gateway.listener.kernelDrops).toBeGreaterThan(100);
  });
});
