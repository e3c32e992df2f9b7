import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

interface Bom {
  bomFormat: string;
  components: { name: string; version: string; purl: string }[];
}

it('the bill of materials names what runs, in its version, and nothing that only builds or tests', () => {
  const bom = JSON.parse(execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: ROOT, encoding: 'utf8' })) as Bom;
  expect(bom.bomFormat).toBe('CycloneDX');
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const listed = new Set(bom.components.map(({ purl }) => decodeURIComponent(purl)));
  for (const [name, version] of Object.entries(dependencies))
    expect([name, listed.has(`pkg:npm/${name}@${version}`)]).toEqual([name, true]);
  const named = new Set(bom.components.map(({ name }) => name));
  expect(['vitest', 'typescript', 'oxlint', 'knip', 'playwright-core'].filter((name) => named.has(name))).toEqual([]);
  expect(bom.components.length).toBeGreaterThan(Object.keys(dependencies).length);
});
