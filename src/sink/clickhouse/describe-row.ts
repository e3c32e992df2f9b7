/** Says a row in words: for the operator who asks what ClickHouse refused. */
import { readBlock, type RowValue } from './native/read-block.ts';

const decoder = new TextDecoder();
const LONGEST_TEXT = 64;

/** Writes the first row of a block as `name=value` pairs; long texts are cut. */
export function describeRow(block: Uint8Array): string {
  return readBlock(block)
    .map(({ name, type, values: [first = null] }) => `${name}=${inWords(first, type)}`)
    .join(' ');
}

function inWords(value: RowValue, type: string): string {
  if (value === null) return 'null';
  if (type.includes('DateTime64')) return new Date(Number(value)).toISOString();
  if (value instanceof Uint8Array) {
    const text = JSON.stringify(decoder.decode(value.subarray(0, LONGEST_TEXT)));
    return value.length > LONGEST_TEXT ? `${text}… (${value.length} bytes)` : text;
  }
  if (typeof value === 'object') return `[${value.map((item) => inWords(item, '')).join(', ')}]`;
  return String(value);
}
