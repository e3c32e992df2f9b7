import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Checkpoint } from './contract.ts';
import type { Disk } from './disk.ts';

const FILE = 'checkpoint.json';

/** Replaces a small file so that after a crash it holds either the old content or the new one. */
export async function replaceFile(disk: Disk, directory: string, name: string, text: string): Promise<void> {
  const path = join(directory, name);
  const next = `${path}.tmp`;
  await disk.unlink(next).catch(() => undefined);
  const file = await disk.create(next);
  try {
    await file.write(Buffer.from(text), 0);
    await file.datasync();
  } finally {
    await file.close();
  }
  await disk.rename(next, path);
  await disk.syncDirectory(directory);
}

export async function writeCheckpointFile(disk: Disk, directory: string, checkpoint: Checkpoint): Promise<void> {
  const content = JSON.stringify(checkpoint);
  await replaceFile(disk, directory, FILE, `${JSON.stringify({ crc: crc32(content), content })}\n`);
}

/** Reads the checkpoint; `null` where there is none, `'unreadable'` where it does not match its checksum. */
export async function readCheckpointFile(disk: Disk, directory: string): Promise<Checkpoint | 'unreadable' | null> {
  const bytes = await disk.readWhole(join(directory, FILE));
  if (bytes === null) return null;
  try {
    const { crc, content } = JSON.parse(Buffer.from(bytes).toString()) as { crc: number; content: string };
    return crc32(content) === crc ? (JSON.parse(content) as Checkpoint) : 'unreadable';
  } catch {
    return 'unreadable';
  }
}
