/** See `Codec.readdress`. Every frame names its device. */
import { crc16Kermit } from '#wire/crc';
import { newWriter, writeU16, writeU64, written } from '#wire/writer';
import { COMMAND_AT } from './frame.ts';

const IMEI_AT = 2;
const CRC_BYTES = 2;

export function readdress(frame: Uint8Array, ident: string): Uint8Array | null {
  if (frame.length < COMMAND_AT + CRC_BYTES) return frame;
  if (!/^\d{15}$/.test(ident)) return null;
  const imei = newWriter(8);
  writeU64(imei, Number(ident));
  const changed = frame.slice();
  changed.set(written(imei), IMEI_AT);
  const crc = newWriter(CRC_BYTES);
  writeU16(crc, crc16Kermit(changed, IMEI_AT, changed.length - CRC_BYTES));
  changed.set(written(crc), changed.length - CRC_BYTES);
  return changed;
}
