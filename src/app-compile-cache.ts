import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * Has Node keep what it makes of the sources, beside the packages, where that may be written: half of a start is reading TypeScript.
 * Whatever is imported before this is not kept.
 */
export function keepCompiled(): void {
  enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/odograph'));
}
