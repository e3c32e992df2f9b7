/** What commands need to know of withdrawn consents. */
import { resolve } from 'node:path';
import { withdrawalsIn } from '../app-consent.ts';
import type { Config } from '../config/schema.ts';
import { CaptureLog } from '../consent/captures.ts';
import { StoredGate } from '../consent/gate.ts';
import type { Consent } from '#model/consent';
import type { SpoolEntry } from '../pipeline/ports.ts';
import { openSealedBox } from '../secrets/key-file.ts';
import { withRegistry } from './registry.ts';

/** A gate over what was withdrawn until now, by whatever company where a capture does not say whose a frame was. What it states is not taken. */
class ReadGate extends StoredGate {
  override take(_entry: SpoolEntry, _consents: readonly Consent[]): void {
    // It was stated when it came, to the gateway that took it.
  }
}

/** Opens such a gate. */
export function gateOver(config: Config, spoolId: string): Promise<StoredGate> {
  return withRegistry(config, async ({ documents }) => {
    const secrets = openSealedBox({ dataDir: config.dataDir, keyFile: config.secrets.keyFile });
    const withdrawals = withdrawalsIn(documents, secrets, Date.now);
    const gate = new ReadGate({ withdrawals, spoolId, owners: { find: () => null }, now: Date.now, everyCompany: true });
    await gate.catchUp();
    return gate;
  });
}

/** Notes where a capture is, so that the proof of a purge can name it. */
export function noteCapture(config: Config, file: string, what: 'written' | 'purged'): Promise<void> {
  return withRegistry(config, ({ documents }) => new CaptureLog(documents, Date.now).note(resolve(file), what));
}
