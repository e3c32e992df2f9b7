/**
 * Completes package-lock.json: `node scripts/complete-lock.ts`, after `npm install` and before the commit.
 *
 * npm leaves an optional dependency out of the lock file when the registry it asked does not have that platform's build (yet),
 * and `npm ci` then refuses the whole file, on every machine. What is left out is entered here by name, version and platform,
 * as the package that wants it states them; only the checksum is unknown, and npm adds it where it installs that platform.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

export interface Lock {
  packages: Record<string, LockedPackage>;
}

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

const LIBCS: Readonly<Record<string, string>> = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };

/** Optional dependencies some package wants, by where they belong in the lock file, and that are not in it with a version. */
export function missingOptionals({ packages }: Lock): { path: string; entry: LockedPackage }[] {
  const missing = new Map<string, LockedPackage>();
  for (const [owner, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    if (owner === '') continue;
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const path = `node_modules/${name}`;
      const present = [`${owner}/${path}`, path].some((place) => packages[place]?.version !== undefined);
      if (present || !/^\d/.test(version)) continue;
      missing.set(path, { version, ...platformOf(name), optional: true, ...(dev === true ? { dev } : {}) });
    }
  }
  return [...missing].map(([path, entry]) => ({ path, entry }));
}

/** Reads system and processor out of a name such as `@oxlint/binding-linux-arm64-musl`. */
function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[/-]/);
  const os = SYSTEMS.find((system) => words.includes(system));
  const cpu = PROCESSORS.find((processor) => words.includes(processor));
  const libc = Object.entries(LIBCS).find(([word]) => words.includes(word))?.[1];
  return {
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(os === undefined ? {} : { os: [os] }),
    ...(libc === undefined ? {} : { libc: [libc] }),
  };
}

/** Gives the lock file with everything that was missing, its entries in npm's order. */
export function completed(lock: Lock): Lock {
  const packages = { ...lock.packages };
  for (const { path, entry } of missingOptionals(lock)) packages[path] = entry;
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return { ...lock, packages: Object.fromEntries(sorted) };
}

if (import.meta.main) {
  const path = join(import.meta.dirname, '../package-lock.json');
  const lock = JSON.parse(readFileSync(path, 'utf8')) as Lock;
  const missing = missingOptionals(lock);
  writeFileSync(path, `${JSON.stringify(completed(lock), null, 2)}\n`);
  console.log(`entered ${missing.length} packages of other platforms`);
}
