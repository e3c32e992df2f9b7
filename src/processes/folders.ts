/** Which processes of a gateway have left folders behind, by what is on the disk. */
import { readdirSync, rmSync } from 'node:fs';
import { seatFolder, SEAT_PREFIX } from '../config/seats.ts';
import type { Config } from '../config/schema.ts';

/** Numbers of the processes beyond the first that have a spool, ascending. */
export function seatsWithSpools({ spool }: Pick<Config, 'spool'>): number[] {
  return namesIn(spool.dir)
    .flatMap((name) => {
      const digits = name.startsWith(SEAT_PREFIX) ? name.slice(SEAT_PREFIX.length) : '';
      return /^[1-9]\d{0,3}$/.test(digits) && digits !== '1' ? [Number(digits)] : [];
    })
    .sort((a, b) => a - b);
}

/** Folders of the spools of a gateway: that of the first process, then those of the others that there are. */
export function spoolFolders(config: Pick<Config, 'spool'>): string[] {
  return [1, ...seatsWithSpools(config)].map((seat) => seatFolder(config.spool.dir, seat));
}

/** Removes the folders of a process that holds nothing any more. */
export function removeSeat({ dataDir, spool }: Pick<Config, 'dataDir' | 'spool'>, seat: number): void {
  if (seat === 1) return;
  for (const folder of [spool.dir, dataDir]) rmSync(seatFolder(folder, seat), { recursive: true, force: true });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
