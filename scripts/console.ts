/**
 * Builds the web console into `web/dist` where what is there is not made of what is in `web/src`: `npm start` calls this first, the
 * Dockerfile and the tests do, too. Asking takes some ten milliseconds, building two seconds. Where the builder is not installed
 * (`npm ci --omit=dev`), the gateway serves what was built before.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'web/dist');
const STAMP = join(DIST, '.made-of');

/** Everything a build depends on: its own files, the gateway's pure ones that it imports, and the versions of its packages. */
const SOURCES = ['web/src', 'web/index.html', 'web/vite.config.ts', 'src/model', 'src/providers', 'package-lock.json'];

/** Builds where it has to; tells whether it has. */
export async function buildConsole(): Promise<boolean> {
  const sources = stamp();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sources) return false;
  const { build } = await import('vite');
  // Beside its place, and put there whole: a gateway that runs, and tests that build at the same time, never see half of it.
  const fresh = `${DIST}.${process.pid}`;
  await build({ configFile: join(ROOT, 'web/vite.config.ts'), logLevel: 'warn', build: { outDir: fresh } });
  writeFileSync(join(fresh, '.made-of'), sources);
  rmSync(DIST, { recursive: true, force: true });
  try {
    renameSync(fresh, DIST);
  } catch {
    // Somebody else was faster by a moment, with the same content.
    rmSync(fresh, { recursive: true, force: true });
  }
  return true;
}

function stamp(): string {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap((source) => filesOf(join(ROOT, source)))) {
    hash
      .update(`${relative(ROOT, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

if (import.meta.main) {
  try {
    if (await buildConsole()) console.log('built the web console');
  } catch (error) {
    // The gateway is worth more than its console: it starts, and says at /console/ how to build it.
    console.error(`the web console was not built: ${error instanceof Error ? error.message : String(error)}`);
  }
}
