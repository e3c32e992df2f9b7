/** Frames and bodies of the goldens, as benches take them. */
import { join } from 'node:path';
import { loadGoldens, type Golden } from '../../protocols/conformance/golden.ts';

const PROTOCOLS = join(import.meta.dirname, '../../protocols');

/** A golden by the folder of its codec and its name; throws where there is none. */
export function goldenOf(codec: string, name: string): Golden {
  const found = loadGoldens(join(PROTOCOLS, codec, 'golden')).find((golden) => golden.name === name);
  if (found === undefined) throw new Error(`${codec} has no golden ${name}`);
  return found;
}
