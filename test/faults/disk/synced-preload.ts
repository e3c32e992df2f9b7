/**
 * Loaded before a gateway, it notes how much of each segment of the spool is synced: `?in=<file>` behind its own address names the file,
 * to which it adds a line after each sync, before anybody hears of it. Syncs are late, so that there is always something that has none.
 */
import { fstatSync, openSync, readlinkSync, writeSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const SYNC_MS = 40;

if (/\bmain\.[jt]s$/.test(process.argv[1] ?? '')) {
  const notes = openSync(new URL(import.meta.url).searchParams.get('in') ?? '', 'a');
  const sample = await open('/dev/null');
  const handles = Object.getPrototypeOf(sample) as Pick<FileHandle, 'datasync'>;
  await sample.close();
  const sync: (this: FileHandle) => Promise<void> = handles.datasync;
  handles.datasync = async function datasync(this: FileHandle): Promise<void> {
    const { size } = fstatSync(this.fd);
    await pause(SYNC_MS);
    await Reflect.apply(sync, this, []);
    writeSync(notes, `${readlinkSync(`/proc/self/fd/${this.fd}`)}\t${size}\n`);
  };
}
