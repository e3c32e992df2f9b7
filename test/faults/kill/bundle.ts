/** The gateway in one file: the same code, which starts in a third of the time. Hundreds of kills are hundreds of starts. */
import { renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = join(import.meta.dirname, '../../..');
/** Loaded as they are: libraries of the machine, and what starts threads of its own. */
const EXTERNAL = [/^node:/, /^@chdb\//, 'chdb', 'ffi-rs', 'pino', 'pino-pretty'];

/** What can be bundled: the gateway, and its front alone. */
const PROGRAMS = { gateway: 'src/main.ts', front: 'test/faults/kill/front-main.ts' } as const;

/** Writes a bundle and gives its path. Files that are read beside the code are read where they are. */
export async function bundle(program: keyof typeof PROGRAMS): Promise<string> {
  const code = await rolldown({
    input: join(ROOT, PROGRAMS[program]),
    cwd: ROOT,
    platform: 'node',
    external: EXTERNAL,
    logLevel: 'silent',
    plugins: [{ name: 'own addresses', transform: { filter: { code: /import\.meta\./ }, handler: withOwnAddress } }],
  });
  const file = join(ROOT, `.tmp/faults/${program}-main.js`);
  // Others may be starting gateways from it.
  const fresh = `${file}.${process.pid}`;
  await code.write({ file: fresh, format: 'esm', codeSplitting: false });
  await code.close();
  renameSync(fresh, file);
  return file;
}

/** Has a module go on where it stands in the sources. */
function withOwnAddress(code: string, id: string): string {
  return code
    .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
    .replaceAll('import.meta.dirname', JSON.stringify(dirname(id)))
    .replaceAll('import.meta.filename', JSON.stringify(id));
}
