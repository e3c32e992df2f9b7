/** Where the admin port of a running gateway is: in a file beside its data, so that commands find it and no other. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface AdminAddress {
  host: string;
  port: number;
  /** Names one life of one gateway: whoever asks names it, so that a port that somebody else has taken over answers nothing. */
  instance: string;
}

/** Name of the header in which a command names the gateway it asks. */
export const INSTANCE_HEADER = 'x-odograph-instance';

const fileIn = (dataDir: string): string => join(dataDir, 'admin.json');

/** Writes the address, whole or not at all. */
export function writeAdminAddress(dataDir: string, address: AdminAddress): void {
  const file = fileIn(dataDir);
  writeFileSync(`${file}.new`, `${JSON.stringify(address)}\n`);
  renameSync(`${file}.new`, file);
}

/** Reads the address that the last gateway of this folder has written; `null` where there is none. It may be gone. */
export function readAdminAddress(dataDir: string): AdminAddress | null {
  try {
    return JSON.parse(readFileSync(fileIn(dataDir), 'utf8')) as AdminAddress;
  } catch {
    return null;
  }
}
