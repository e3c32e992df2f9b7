/** What commands need to know of withdrawn consents. */
import { resolve } from 'node:path';
import { readGate } from '../app-consent.ts';
import type { Config } from '../config/schema.ts';
import { CaptureLog } from '../consent/captures.ts';
import type { StoredGate } from '../consent/gate.ts';
import { openSealedBox } from '../secrets/key-file.ts';
import { withRegistry } from './registry.ts';

/** Opens a gate over what was withdrawn until now, for frames that are put through the pipeline again. */
export function gateOver(config: Config, spoolId: string): Promise<StoredGate> {
  return withRegistry(config, async ({ documents }) => {
    const secrets = openSealedBox({ dataDir: config.dataDir, keyFile: config.secrets.keyFile });
    return readGate(documents, secrets, spoolId);
  });
}

/** Notes where a capture is, so that the proof of a purge can name it. */
export function noteCapture(config: Config, file: string, what: 'written' | 'purged'): Promise<void> {
  return withRegistry(config, ({ documents }) => new CaptureLog(documents, Date.now).note(resolve(file), what));
}
