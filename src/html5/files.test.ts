import { expect, test } from 'vitest';
import { pageFiles } from './files.ts';

const textOf = (name: string): string => pageFiles().get(name)?.bytes.toString('utf8') ?? '';
const scripts = [...pageFiles().keys()].filter((name) => name.endsWith('.ts'));

test('every module that is imported is served, and nothing is loaded from elsewhere', () => {
  expect(scripts.length).toBeGreaterThan(10);
  for (const name of scripts) {
    const wanted = [...textOf(name).matchAll(/\bfrom '([^']+)'/g)].map(([, path]) => path);
    expect(wanted.filter((path) => !pageFiles().has(path?.replace(/^\.\//, '') ?? ''))).toEqual([]);
  }
  const linked = [...textOf('').matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path = '']) => path);
  expect(linked).toContain('main.ts');
  expect(linked.filter((path) => !pageFiles().has(path))).toEqual([]);
  const manifest = JSON.parse(textOf('manifest.webmanifest')) as { icons: { src: string }[] };
  expect(manifest.icons.map(({ src }) => src).filter((src) => !pageFiles().has(src))).toEqual([]);
});

test('types are gone, and lines stay where they are', () => {
  expect(scripts.filter((name) => /\bimport type\b|^(?:export )?interface\b|\bas const\b/m.test(textOf(name)))).toEqual([]);
  expect(
    textOf('queue.ts')
      .split('\n')
      .findIndex((line) => line.startsWith('export class Queue')),
  ).toBeGreaterThan(10);
});

test('the worker keeps every file but itself, under a name that changes with them', () => {
  const worker = textOf('sw.ts');
  const kept = JSON.parse(/^const FILES = (.*);$/m.exec(worker)?.[1] ?? '[]') as string[];
  const others = [...pageFiles().keys()].filter((name) => name !== 'sw.ts').map((name) => (name === '' ? './' : name));
  expect(kept.sort()).toEqual(others.sort());
  expect(worker).toMatch(/^const VERSION = "[0-9a-f]{16}";$/m);
});

test('the page holds no inline script or style, which its policy forbids', () => {
  expect(textOf('')).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]* src=)/);
});
