/** What the parts of a Ruptela frame are called. Nothing here reads a payload: the decode says what it has read. */
import type { Trace } from '#protocols/explain/trace';
import { COMMANDS } from './commands.ts';
import { COMMAND_AT, imeiAt, PAYLOAD_AT } from './frame.ts';

/** What a frame of each command is. */
export const PURPOSES: ReadonlyMap<number, string> = new Map([
  [COMMANDS.records, 'Records'],
  [COMMANDS.configuration, 'Answer: configuration'],
  [COMMANDS.version, 'Answer: version'],
  [COMMANDS.firmware, 'Answer: firmware update'],
  [COMMANDS.connection, 'Answer: connection parameters'],
  [COMMANDS.odometer, 'Answer: odometer'],
  [COMMANDS.text, 'Answer to an SMS command that came over the link'],
  [COMMANDS.sms, 'A text message passed on'],
  [COMMANDS.troubleCodes, 'Trouble codes'],
  [COMMANDS.identification, 'Identification: the login'],
  [COMMANDS.heartbeat, 'Heartbeat'],
  [COMMANDS.setIo, 'Answer: set io'],
  [COMMANDS.files, 'Pieces of a file'],
  [COMMANDS.extendedRecords, 'Extended records'],
]);

/** What surrounds the payload of a whole frame; `wrong` is what is wrong with its checksum. */
export function nameEnvelope(trace: Trace, wrong: string | null): void {
  const { frame } = trace;
  const section = 'README: Framing';
  const length = ((frame[0] as number) << 8) | (frame[1] as number);
  const imei = imeiAt(frame, 0);
  const command = frame[COMMAND_AT] as number;
  trace.field('length', 0, 2, {
    raw: length,
    value: length,
    unit: 'byte',
    meaning: 'From the IMEI to the end of the payload',
    section,
  });
  trace.field('imei', 2, COMMAND_AT, { value: String(imei).padStart(15, '0'), meaning: 'Names the device', section });
  const meaning = PURPOSES.get(command) ?? 'A command of no known meaning';
  trace.field('command', COMMAND_AT, PAYLOAD_AT, { raw: command, meaning, section });
  const check = { value: wrong === null ? 'right' : 'wrong', meaning: 'CRC-16/KERMIT from the IMEI on', section };
  trace.field('crc', frame.length - 2, frame.length, check);
}
