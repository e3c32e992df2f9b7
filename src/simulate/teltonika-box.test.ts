import { describe, expect, it } from 'vitest';
import { newSession } from '#protocols/codec';
import { fromHex } from '#wire/hex';
import { encodeCommand } from '../../protocols/teltonika/encode.ts';
import { teltonika } from '../../protocols/teltonika/index.ts';
import { teltonikaBox } from './teltonika-box.ts';

const IMEI = '352093081452251';
const box = teltonikaBox(IMEI);
const GETINFO = fromHex('000000000000000f0c010500000007676574696e666f0100004312') as Uint8Array;

const said = (answer: Uint8Array): (string | undefined)[] => {
  const decoded = teltonika.decode(answer, { ...newSession('tcp'), ident: IMEI });
  return [decoded.kind, decoded.messages[0]?.stateKeys[0], decoded.messages[0]?.stateValues[0]];
};

describe('the simulated box', () => {
  it('answers the vendor’s getinfo once it is whole, and leaves what follows', () => {
    for (let length = 0; length < GETINFO.length; length++) expect(box.command?.(GETINFO.subarray(0, length))).toBeNull();
    const command = box.command?.(Uint8Array.of(...GETINFO, 0, 0, 0, 1));
    expect(command).toMatchObject({ text: 'getinfo', end: GETINFO.length });
    expect(said(command?.answer ?? new Uint8Array())).toEqual([
      'result',
      'device.command.result',
      expect.stringMatching(/^RTC:.* GPS:3 /),
    ]);
  });

  it('answers a command that names it, and refuses one that names another', () => {
    const mine = box.command?.(encodeCommand('getver', IMEI));
    expect(said(mine?.answer ?? new Uint8Array())[2]).toContain(`IMEI:${IMEI}`);
    const foreign = box.command?.(encodeCommand('getver', '356307042441013'));
    expect(said(foreign?.answer ?? new Uint8Array()).slice(0, 2)).toEqual(['result', 'teltonika.command.refused']);
  });

  it('takes no acknowledgement for a command', () => {
    expect(box.command?.(Uint8Array.of(0, 0, 0, 3))).toBeNull();
    expect(box.command?.(Uint8Array.of(0, 0, 0, 3, ...GETINFO))).toBeNull();
  });
});
