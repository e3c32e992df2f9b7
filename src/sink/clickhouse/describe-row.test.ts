import { expect, it } from 'vitest';
import { fromHex } from '#wire/hex';
import { describeRow } from './describe-row.ts';

const hexOf = (text: string): string => text.length.toString(16).padStart(2, '0') + Buffer.from(text).toString('hex');
const column = (name: string, type: string, values: string): string => hexOf(name) + hexOf(type) + values;

it('a row of a block, in words', () => {
  const block = [
    '0501',
    column('ident', 'String', '026162'),
    column('at', "DateTime64(3, 'UTC')", '0000000000000000'),
    column('lat', 'Nullable(Float64)', '010000000000000000'),
    column('signals', 'Map(String, Float64)', '01000000000000000161000000000000f03f'),
    column('frame', 'String', `50${'30'.repeat(80)}`),
  ].join('');
  expect(describeRow(fromHex(block) as Uint8Array)).toBe(
    `ident="ab" at=1970-01-01T00:00:00.000Z lat=null signals=[["a", 1]] frame="${'0'.repeat(64)}"… (80 bytes)`,
  );
});
