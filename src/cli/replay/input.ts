import { stat } from 'node:fs/promises';
import { GatewayError } from '#errors/gateway-error';
import type { CaptureEntry } from '../../capture/entry.ts';
import { newReport, readCaptureFile } from '../../capture/file/reader.ts';
import { note, type Io } from '../console-io.ts';
import { CommandFailure } from '../exit-codes.ts';

/** A capture that is read, to be gone through once. */
export interface Input {
  path: string;
  entries: AsyncIterable<CaptureEntry>;
  sizeBytes: number;
  /** Bytes of the file read so far. */
  readBytes: () => number;
  /** What is to be said of it once it has been read: what is missing, damaged or was left out. */
  remarks: () => string[];
  /** It is damaged: what was read is not all. */
  isDamaged: () => boolean;
}

/** Opens a capture file. Rejects with `capture_invalid`. */
export async function openInput(path: string): Promise<Input> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new GatewayError('capture_invalid', `${path} cannot be read: ${String(cause)}`, { cause });
  });
  const report = newReport();
  return {
    path,
    entries: readCaptureFile(path, report),
    sizeBytes: size,
    readBytes: () => report.bytes,
    remarks: () => [
      ...report.corrupt.map(({ from, end, why }) => `${path} is corrupt from byte ${from} to ${end}: ${why}`),
      ...(report.corruptRanges > report.corrupt.length
        ? [`and ${report.corruptRanges - report.corrupt.length} places more`]
        : []),
      ...(report.tornBytes > 0 ? [`the last ${report.tornBytes} bytes of ${path} are an unfinished write`] : []),
      ...(report.lost > 0 ? [`${report.lost} entries are missing: whoever captured could not keep them`] : []),
    ],
    isDamaged: () => report.corruptRanges > 0,
  };
}

/** Says what is to be said of a capture that was read. Throws where it is damaged. */
export function closeInput(io: Io, input: Input): void {
  for (const remark of input.remarks()) note(io, remark);
  if (input.isDamaged()) throw new CommandFailure('input', `${input.path} is damaged: this is what could be read of it`);
}
