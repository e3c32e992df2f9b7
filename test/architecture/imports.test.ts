import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, cyclesIn, edgesOf, filesBelow, objectionTo, specifiersOf } from './import-graph.ts';
import { ZONES, zoneOf } from './zones.ts';

const files = ['src', 'protocols', 'web'].flatMap(filesBelow);
const edges = edgesOf(files);
const production = files.filter((file) => !file.endsWith('.test.ts'));

test('the whole house is looked at', () => {
  expect(files.length).toBeGreaterThan(120);
  expect(edges.length).toBeGreaterThan(500);
  expect(edges.filter(({ external }) => !external).length).toBeGreaterThan(300);
});

test('every zone has files, and every import leads to a file', () => {
  expect(ZONES.filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect(edges.filter(({ to, external }) => !external && !existsSync(join(ROOT, to)))).toEqual([]);
});

test('imports go only where test/architecture/zones.ts lets them', () => {
  expect(edges.map(objectionTo).filter((objection) => objection !== null)).toEqual([]);
});

test('no files import each other in a circle, not even for types', () => {
  expect(cyclesIn(edges)).toEqual([]);
});

test('only src/config reads the environment', () => {
  const reading = production.filter((file) => /process\s*\.\s*env\b/.test(withoutComments(file)));
  expect(reading.filter((file) => !file.startsWith('src/config/'))).toEqual([]);
  expect(reading.length).toBeGreaterThan(0);
});

test('pure code asks neither for the time nor for chance', () => {
  const pure = production.filter((file) => zoneOf(file)?.pure === true);
  expect(pure.length).toBeGreaterThan(50);
  const asking = /\bDate\.now\(|\bnew Date\(\s*\)|\bperformance\.now\(|\bMath\.random\(|\bprocess\.hrtime/;
  expect(pure.filter((file) => asking.test(withoutComments(file)))).toEqual([]);
});

function withoutComments(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8').replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
}

const edge = (from: string, to: string) => ({ from, to, external: false });

describe('the checks themselves', () => {
  test.each([
    ['protocols/teltonika/frame.ts', 'src/session/journal.ts'],
    ['protocols/teltonika/frame.ts', 'protocols/astra-telematics/frame.ts'],
    ['protocols/push/bmw/decode.ts', 'protocols/push/mercedes-benz/decode.ts'],
    ['src/pipeline/runner.ts', 'src/spool/log.ts'],
    ['src/lifecycle/evidence.ts', 'src/store/tracker-store.ts'],
    ['src/spool/log.ts', 'src/pipeline/runner.ts'],
    ['src/listen/tcp.ts', 'src/session/stream-session.ts'],
    ['src/config/load.ts', 'src/app.ts'],
    ['src/model/message.ts', 'protocols/codec.ts'],
    ['src/unheard-of/file.ts', 'src/model/message.ts'],
  ])('%s may not import %s', (from, to) => {
    expect(objectionTo({ from, to, external: false })).not.toBeNull();
  });

  test.each([
    ['protocols/teltonika/frame.ts', 'node:fs'],
    ['protocols/teltonika/frame.ts', 'zod'],
    ['src/pipeline/clock.ts', 'node:crypto'],
    ['src/spool/log.ts', 'fastify'],
  ])('%s may not import the package %s', (from, to) => {
    expect(objectionTo({ from, to, external: true })).not.toBeNull();
  });

  test.each([
    ['src/spool/log.ts', 'src/session/journal.ts'],
    ['protocols/teltonika/frame.ts', 'src/wire/cursor.ts'],
    ['protocols/teltonika/decode.ts', 'protocols/teltonika/frame.ts'],
    ['protocols/all.ts', 'protocols/teltonika/index.ts'],
    ['protocols/all.ts', 'protocols/push/bmw/index.ts'],
    ['src/app.ts', 'src/spool/log.ts'],
  ])('%s may import %s', (from, to) => {
    expect(objectionTo({ from, to, external: false })).toBeNull();
  });

  test('imports are found in every form, and not in comments', () => {
    const source = `import a, { type B } from './a.ts';
import {
  c,
} from './c.ts';
import './d.ts';
export * from './e.ts';
export type { F } from './f.ts';
const g = await import('./g.ts');
let h: import('./h.ts').H;
// import x from './comment.ts';
/* import y from './comment.ts'; */
export const z = 'from ./text.ts';`;
    expect(specifiersOf(source)).toEqual(['./a.ts', './c.ts', './d.ts', './e.ts', './f.ts', './g.ts', './h.ts']);
  });

  test('circles are found', () => {
    expect(cyclesIn([edge('a', 'b'), edge('b', 'c'), edge('c', 'b')])).toEqual([['b', 'c', 'b']]);
    expect(cyclesIn([edge('a', 'b'), edge('a', 'c'), edge('b', 'c')])).toEqual([]);
  });
});
