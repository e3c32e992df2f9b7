import { rmSync } from 'node:fs';

/**
 * Removes a folder that processes worked in. One that was killed, and the engine of one, may write a last file while the folder is being
 * emptied, which then is not empty after all: it is tried again.
 */
export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}
