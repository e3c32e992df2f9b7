import { readFileSync } from 'node:fs';
import { describeCodec } from '#protocols/conformance/describe-codec';
import { loadGoldens } from '#protocols/conformance/golden';
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
