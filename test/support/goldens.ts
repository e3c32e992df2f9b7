import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex } from '#wire/hex';

/** Reads the bytes of a codec's golden. */
export function golden(codec: string, name: string): Buffer {
  const path = join(import.meta.dirname, '../../protocols', codec, 'golden', `${name}.hex`);
  return Buffer.from(fromHex(readFileSync(path, 'utf8')) as Uint8Array);
}
