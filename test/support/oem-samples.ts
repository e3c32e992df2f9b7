/** What car makers publish of their bodies and catalogues, read where it lies, and never copied into this repository. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SAMPLES_DIR = join(import.meta.dirname, '../../../shared/oem');

/** False where the samples are not there: in a clone of the repository alone. */
export const haveSamples = existsSync(SAMPLES_DIR);

/** The text of a sample. */
export function sample(file: string): string {
  return readFileSync(join(SAMPLES_DIR, file), 'utf8');
}
