import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { newSession, type SessionContext, type Split } from '#protocols/codec';
import { fromHex } from '#wire/hex';
import { RESYNC_WINDOW } from '../layers/resync.ts';
import { MAX_FRAME_BYTES } from './frame.ts';
import { astraTelematics } from './index.ts';

const session = newSession('tcp');
const IMEI = '356938035643809';

function golden(name: string): Uint8Array {
  return fromHex(readFileSync(new URL(`golden/${name}.hex`, import.meta.url), 'utf8')) as Uint8Array;
}

function splitAll(stream: Uint8Array, context: SessionContext = session): Split[] {
  const found: Split[] = [];
  for (let at = 0; at < stream.length;) {
    const split = astraTelematics.split(stream, at, stream.length, context);
    found.push(split);
    if (split.kind === 'need-more') break;
    at = split.end;
  }
  return found;
}

describe('where the next frame can start', () => {
  test('a frame whose checksum is wrong, but whose reports add up, is refused as a whole', () => {
    const [broken, next] = [golden('x-wrong-crc'), golden('k-basic')];
    expect(splitAll(Uint8Array.of(...broken, ...next))).toMatchObject([
      { kind: 'refused', end: broken.length, fault: { code: 'wire_crc' } },
      { kind: 'frame', end: broken.length + next.length },
    ]);
  });

  test('a frame that was cut short does not take the one after it along', () => {
    const [cut, next] = [golden('x-core').subarray(0, 60), golden('x-stored')];
    const frames = splitAll(Uint8Array.of(...cut, ...next, ...next)).filter(({ kind }) => kind === 'frame');
    expect(frames.at(-1)).toEqual({ kind: 'frame', end: cut.length + 2 * next.length });
    expect(frames.length).toBe(2);
  });

  test('noise without an end is refused a window at a time', () => {
    const noise = new Uint8Array(2 * RESYNC_WINDOW).fill(0x13);
    expect(splitAll(noise)).toMatchObject([
      { kind: 'refused', end: RESYNC_WINDOW, fault: { code: 'wire_resync' } },
      { kind: 'refused', end: 2 * RESYNC_WINDOW, fault: { code: 'wire_resync' } },
    ]);
  });

  test.each([0, 22, MAX_FRAME_BYTES + 1, 0xffff])('nothing is buffered for a length of %i', (length) => {
    const header = Uint8Array.of(0x58, length >> 8, length & 0xff);
    expect(splitAll(header)).toMatchObject([{ kind: 'refused', end: 3, fault: { code: 'wire_length' } }]);
  });

  test('a login that never ends is refused', () => {
    const login = new Uint8Array(400).fill(0x41);
    login.set(new TextEncoder().encode('$ASTRA;'));
    expect(astraTelematics.split(login, 0, 255, session)).toMatchObject({ kind: 'need-more' });
    expect(astraTelematics.split(login, 0, 300, session)).toMatchObject({ kind: 'need-more', atLeast: 301 });
    expect(astraTelematics.split(Uint8Array.of(...login, ...golden('login-x')), 0, 500, session)).toMatchObject({
      kind: 'refused',
      end: login.length,
    });
  });

  test('letters of another protocol on the port are no start', () => {
    for (const text of ['XTRACK,1,2,3', 'KEEPALIVE', 'CONNECT mqtt', 'MSG', '$GPRMC,1']) {
      expect(astraTelematics.probe(new TextEncoder().encode(text), 0, text.length), text).toBe('mismatch');
    }
  });
});

describe('how a frame without a letter of its own is read', () => {
  const data = golden('x-mode6');
  const named = golden('x-stored');

  test('in a session with a login it holds no IMEI', () => {
    const decoded = astraTelematics.decode(data, { ...session, ident: IMEI, dialect: 'X' });
    expect([decoded.ident, decoded.messages.length, decoded.faults]).toEqual([null, 1, []]);
  });

  test('where it adds up with an IMEI only, it has one, login or not', () => {
    const decoded = astraTelematics.decode(named, { ...session, ident: IMEI, dialect: 'X' });
    expect([decoded.ident, decoded.messages.length]).toEqual([IMEI, 2]);
  });

  test('where an earlier frame named the device, it may do without one', () => {
    const decoded = astraTelematics.decode(data, { ...session, ident: IMEI });
    expect([decoded.ident, decoded.messages.length, decoded.faults]).toEqual([null, 1, []]);
  });

  test('in a session that knows nobody it must have one', () => {
    expect(astraTelematics.decode(data, session).faults).toMatchObject([{ code: 'session_login_required' }]);
  });

  test('one that cannot be measured is believed with a valid IMEI and a sane time', () => {
    const unsized = golden('x-unsized');
    expect(astraTelematics.decode(unsized, session).ident).toBe(IMEI);
    const firstTime = 4 + 7 + 7;
    const insane = unsized.slice();
    insane.fill(0xff, firstTime, firstTime + 4);
    expect(astraTelematics.decode(insane, session).faults).toMatchObject([{ code: 'session_login_required' }]);
  });

  test('the size of module 9 tells the version, and the session keeps it', () => {
    const trailer = golden('x213-trailer');
    const context = { ...session, ident: IMEI, dialect: 'X' };
    expect(astraTelematics.decode(trailer, context).dialect).toBe('X2.13');
    expect(astraTelematics.decode(trailer, { ...context, dialect: 'X2.13' }).dialect).toBeNull();
    expect(astraTelematics.decode(data, { ...context, dialect: 'X2.13' }).dialect).toBeNull();
    expect(astraTelematics.decode(golden('x213-mode4'), session).dialect).toBeNull();
  });
});
