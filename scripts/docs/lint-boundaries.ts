import { ZONES, type Zone } from '../../test/architecture/zones.ts';

const FOLDERS = [
  'config',
  'observe',
  'listen',
  'session',
  'spool',
  'pipeline',
  'lifecycle',
  'providers',
  'store',
  'secrets',
  'webhooks',
  'registry',
  'api',
  'sink',
  'simulate',
  'dbc',
  'cli',
];
const TIME = 'Pure code is given the time, it does not ask for it.';

/** Boundary rules for oxlint, made from the table of zones. Circles, and edges between codecs, are the architecture test's. */
export function lintBoundaries(): string {
  const overrides = [...ZONES.map(overrideOf), TESTS_ARE_FREE];
  return `${JSON.stringify({ overrides }, null, 2)}\n`;
}

/** Tests put together whatever they need. Last, because the last override wins. */
const TESTS_ARE_FREE = {
  files: ['**/*.test.ts', '**/*.contract.ts'],
  rules: { 'eslint/no-restricted-imports': 'off', 'eslint/no-restricted-properties': 'off' },
};

function overrideOf(zone: Zone): object {
  const name = zone.path.replace(/^src\//, '');
  const patterns: object[] = FOLDERS.filter((folder) => folder !== name && !zone.may.includes(`src/${folder}`)).map(
    (folder) => {
      const exceptions = zone.may
        .filter((path) => path.startsWith(`src/${folder}/`))
        .map((path) => `!**/${path.slice('src/'.length)}`);
      // Outside of src, a folder of that name is another one.
      const beside = zone.path.startsWith('web/') ? [] : [`**/../${folder}/**`, `../${folder}/**`];
      return {
        group: [...beside, `**/src/${folder}/**`, ...exceptions],
        message: `${zone.path} does not know ${folder}.`,
      };
    },
  );
  patterns.push({
    group: ['**/app.ts', '**/app-*.ts', '**/main.ts'],
    message: 'Only what puts the gateway together knows all of it.',
  });
  if (!zone.packages.includes('node:')) {
    const exceptions = zone.packages.filter((item) => item.startsWith('node:')).map((item) => `!${item}`);
    patterns.push({ group: ['node:*', 'node:*/*', ...exceptions], message: `${zone.path} does no I/O.` });
  }
  const rules: Record<string, unknown> = { 'eslint/no-restricted-imports': ['error', { patterns }] };
  if (zone.pure) {
    rules['eslint/no-restricted-properties'] = ['error', { object: 'Date', property: 'now', message: TIME }];
  }
  return { files: [zone.path.endsWith('.ts') ? zone.path : `${zone.path}/**`], rules };
}
