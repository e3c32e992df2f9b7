import { readFileSync } from 'node:fs';
import { describeCodec } from '#protocols/conformance/describe-codec';
import { loadGoldens } from '#protocols/conformance/golden';
import { crc16Kermit } from '#wire/crc';
import { fromHex } from '#wire/hex';
import { expect, test } from 'vitest';
import { IO_BY_ID } from './io-table.ts';
import { ruptela } from './index.ts';

const goldens = new URL('golden/', import.meta.url);

describeCodec(ruptela, {
  goldens,
  checked: (frame) => ({ from: 2, end: frame.length }),
  lengthField: () => ({ offset: 0, width: 2 }),
  garbage: Uint8Array.of(0x13, 0x37, 0xff, 0x80),
});

test('every element of the table is in a golden, with its number in the comments', () => {
  const text = loadGoldens(goldens).map(({ name }) => readFileSync(new URL(`${name}.hex`, goldens), 'utf8'));
  const shown = new Set(text.flatMap((lines) => [...lines.matchAll(/# (\d+): /g)].map(([, id]) => Number(id))));
  expect([...IO_BY_ID.keys()].filter((id) => !shown.has(id))).toEqual([]);
  expect(IO_BY_ID.size).toBeGreaterThan(70);
});

test('a refused frame that is let go is acknowledged by its command, a stray range is not', () => {
  const wrong = loadGoldens(goldens).find(({ name }) => name === 'wire-crc')?.bytes ?? new Uint8Array(0);
  const context = { ident: '490154203237518', dialect: null, transport: 'tcp' } as const;
  expect(ruptela.replyToRefused(wrong, context)).toEqual(Uint8Array.of(0, 2, 0x64, 1, 0x13, 0xbc));
  expect(ruptela.replyToRefused(Uint8Array.of(0x13, 0x37), context)).toBeNull();
});

function bytesOf(name: string): Uint8Array {
  return loadGoldens(goldens).find((golden) => golden.name === name)?.bytes ?? new Uint8Array(0);
}

test('a datagram, which nobody split before, is refused where its checksum is wrong', () => {
  const frame = bytesOf('records-device');
  const context = { ident: null, dialect: null, transport: 'udp' } as const;
  expect(ruptela.decode(frame, context)).toMatchObject({ ident: '490154203237518', faults: [] });
  frame[20] = (frame[20] as number) ^ 1;
  const { ident, messages, faults, reply } = ruptela.decode(frame, context);
  expect({ ident, messages, codes: faults.map(({ code }) => code), reply }).toEqual({
    ident: null,
    messages: [],
    codes: ['wire_crc'],
    reply: null,
  });
});

/** A frame of a device, around what is between IMEI and checksum. */
function frameOf(content: string): Uint8Array {
  const inner = fromHex(`0001bdcaeb2b4c8e${content}`) ?? new Uint8Array(0);
  const crc = crc16Kermit(inner, 0, inner.length);
  return Uint8Array.of(inner.length >> 8, inner.length & 0xff, ...inner, crc >> 8, crc & 0xff);
}

test('the same words in answer to two commands are two messages', () => {
  const context = { ident: null, dialect: null, transport: 'tcp' } as const;
  const [one, other] = ['026f6b', '036f6b'].map((content) => ruptela.decode(frameOf(content), context).messages[0]?.identity);
  expect(one).toBeDefined();
  expect(one).not.toEqual(other);
});

test('a text of which a piece is missing is no text', () => {
  const header = `0169000000000000${'00'.repeat(11)}0500000a07`;
  const context = { ident: null, dialect: null, transport: 'tcp' } as const;
  const vin = (pieces: string): unknown => {
    const [message] = ruptela.decode(frameOf(`0100${header}000000${pieces}`), context).messages;
    return { keys: message?.stateKeys, values: message?.stateValues };
  };
  const [first, second, third] = ['685652315a5a5a5445', '6953545a3030303034', '6a3200000000000000'];
  expect(vin(`03${first}${second}${third}`)).toEqual({ keys: ['device.vehicle.vin'], values: ['VR1ZZZTESTZ000042'] });
  expect(vin(`02${first}${third}`)).toEqual({
    keys: ['ruptela.io.104', 'ruptela.io.106'],
    values: ['5652315a5a5a5445', '3200000000000000'],
  });
});

test('a trouble code is the same message live and from the memory', () => {
  const context = { ident: null, dialect: null, transport: 'tcp' } as const;
  const said = (flag: string): unknown => {
    const [message] = ruptela.decode(frameOf(`09010069000000${'00'.repeat(8)}${flag}5030343230`), context).messages;
    return { stored: message?.stored, identity: message?.identity };
  };
  const [live, archived] = [said('01'), said('02')] as { stored: boolean; identity: Uint8Array }[];
  expect([live?.stored, archived?.stored]).toEqual([false, true]);
  expect(archived?.identity).toEqual(live?.identity);
});
