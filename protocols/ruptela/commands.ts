/** The commands a device sends, and the ack of each: its number plus 100, except that both kinds of records share 100. */
import { crc16Kermit } from '#wire/crc';

export const COMMANDS = {
  records: 0x01,
  /** Answers to what a server asked: settings, version, firmware, connection, odometer. */
  configuration: 0x02,
  version: 0x03,
  firmware: 0x04,
  connection: 0x05,
  odometer: 0x06,
  /** Text a device answers to an SMS command that came over the data link. */
  text: 0x07,
  sms: 0x08,
  troubleCodes: 0x09,
  identification: 0x0f,
  heartbeat: 0x10,
  setIo: 0x11,
  /** Photos and tachograph downloads, in pieces. */
  files: 0x25,
  extendedRecords: 0x44,
} as const;

const KNOWN: ReadonlySet<number> = new Set(Object.values(COMMANDS));

/** Tells whether a device sends such a command. */
export function isKnownCommand(command: number): boolean {
  return KNOWN.has(command);
}

// length u16 · command u8 · content · crc u16
function answer(...content: number[]): Uint8Array {
  const bytes = Uint8Array.of(0, content.length, ...content, 0, 0);
  const crc = crc16Kermit(bytes, 2, bytes.length - 2);
  bytes.set([crc >> 8, crc & 0xff], bytes.length - 2);
  return bytes;
}

const RECORDS_ACK = answer(0x64, 1);
const RECORDS_NACK = answer(0x64, 0);
const TROUBLE_CODES_ACK = answer(0x6d, 1);
const IDENTIFICATION_ACK = answer(0x73, 1);
/** Not authorised; the device comes back after the minutes of the last byte. */
const IDENTIFICATION_NACK = answer(0x73, 2, 10);
const HEARTBEAT_ACK = answer(0x74, 1);

const REPLIES: ReadonlyMap<number, Uint8Array> = new Map([
  [COMMANDS.records, RECORDS_ACK],
  [COMMANDS.extendedRecords, RECORDS_ACK],
  [COMMANDS.troubleCodes, TROUBLE_CODES_ACK],
  [COMMANDS.identification, IDENTIFICATION_ACK],
  [COMMANDS.heartbeat, HEARTBEAT_ACK],
]);

const REFUSALS: ReadonlyMap<number, Uint8Array> = new Map([
  [COMMANDS.records, RECORDS_NACK],
  [COMMANDS.extendedRecords, RECORDS_NACK],
  [COMMANDS.identification, IDENTIFICATION_NACK],
]);

/** The bytes that let the device forget a frame of this command; `null` where it waits for none. */
export function replyTo(command: number): Uint8Array | null {
  return REPLIES.get(command)?.slice() ?? null;
}

/** The bytes that turn the device away; `null` where none are known. */
export function refusalOf(command: number): Uint8Array | null {
  return REFUSALS.get(command)?.slice() ?? null;
}
