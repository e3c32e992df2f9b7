/**
 * Writes the bill of materials of what runs, as CycloneDX, to standard output:
 *
 *     npm run --silent sbom > sbom.json
 *
 * npm writes it of the lock file. Its own `--omit dev` leaves out packages that run where something that only builds asks for them too
 * (yaml, zod): so it writes all of them, and what the lock file marks as for development is taken out here.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Component {
  'bom-ref': string;
  name: string;
  version: string;
  purl: string;
}
interface Bom {
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}
type Locked = Readonly<Record<string, { version?: string; dev?: boolean; devOptional?: boolean; link?: boolean }>>;

const ROOT = join(import.meta.dirname, '..');
const MODULES = 'node_modules/';

/** Packages that run, as `name@version`. */
function running(): Set<string> {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Locked };
  const found = Object.entries(packages).filter(([path, { dev, devOptional, link }]) => {
    return path.includes(MODULES) && dev !== true && devOptional !== true && link !== true;
  });
  return new Set(found.map(([path, { version }]) => `${path.slice(path.lastIndexOf(MODULES) + MODULES.length)}@${version}`));
}

const words = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
const bom = JSON.parse(execFileSync('npm', words, { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26 })) as Bom;
const runs = running();
const isKept = ({ purl }: Component): boolean => runs.has(decodeURIComponent(purl).replace('pkg:npm/', ''));
const [components, left] = [bom.components.filter(isKept), bom.components.filter((one) => !isKept(one))];
const gone = new Set(left.map((component) => component['bom-ref']));
const dependencies = bom.dependencies
  .filter(({ ref }) => !gone.has(ref))
  .map(({ dependsOn = [], ...rest }) => ({ ...rest, dependsOn: dependsOn.filter((ref) => !gone.has(ref)) }));
process.stdout.write(`${JSON.stringify({ ...bom, components, dependencies }, null, 2)}\n`);
