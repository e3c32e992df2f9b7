/** A copy of the repository in which code is broken and a test is run. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { applyEdit, type Breakage, type Edit } from './breakage.ts';

/** Long enough for the slowest of the tests, and for one that waits for what never comes. */
const TIMEOUT_MS = 300_000;

/** What became of a test: whether it ran at all, and what it said where it failed. */
export type Verdict = { kind: 'passed' } | { kind: 'failed'; said: string } | { kind: 'did not run'; said: string };

interface Report {
  testResults: {
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}

export class BrokenTree {
  readonly #root: string;
  readonly #original: string;

  /** Copies the files that git knows of or would take; the modules and the shared frames are linked. */
  constructor(repository: string, folder: string) {
    this.#original = repository;
    this.#root = join(folder, 'tree');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(this.#root, { recursive: true });
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: repository,
      encoding: 'utf8',
    });
    for (const file of files.split('\0').filter((name) => name !== '')) {
      mkdirSync(dirname(join(this.#root, file)), { recursive: true });
      cpSync(join(repository, file), join(this.#root, file));
    }
    for (const modules of ['node_modules', 'client/node_modules']) {
      symlinkSync(join(repository, modules), join(this.#root, modules));
    }
    symlinkSync(join(repository, '../shared'), join(folder, 'shared'));
  }

  /** Breaks the code, runs the test, and mends the code again. */
  run({ edits, test }: Pick<Breakage, 'edits' | 'test'>): Verdict {
    for (const edit of edits) this.#apply(edit);
    try {
      return this.#runTest(test);
    } finally {
      for (const { file } of edits) cpSync(join(this.#original, file), join(this.#root, file));
    }
  }

  #apply(edit: Edit): void {
    const path = join(this.#root, edit.file);
    writeFileSync(path, applyEdit(readFileSync(path, 'utf8'), edit));
  }

  #runTest({ file, name }: Breakage['test']): Verdict {
    const report = join(this.#root, '.report.json');
    rmSync(report, { force: true });
    const pattern = `${name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;
    const args = ['run', file, '--testNamePattern', pattern, '--reporter=json', `--outputFile=${report}`];
    const { stdout, stderr } = spawnSync(join(this.#root, 'node_modules/.bin/vitest'), args, {
      cwd: this.#root,
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
    });
    let results: Report['testResults'];
    try {
      results = (JSON.parse(readFileSync(report, 'utf8')) as Report).testResults;
    } catch {
      return { kind: 'did not run', said: `${stdout}\n${stderr}` };
    }
    const tests = results.flatMap(({ assertionResults }) => assertionResults).filter(({ fullName }) => fullName.endsWith(name));
    const failed = tests.find(({ status }) => status === 'failed');
    if (failed !== undefined) return { kind: 'failed', said: firstLine(failed.failureMessages.join('\n')) };
    if (tests.some(({ status }) => status === 'passed')) return { kind: 'passed' };
    return { kind: 'did not run', said: results.map(({ message }) => message).join('\n') };
  }
}

/** The first line of an error's message, without colours, at most a line long. */
function firstLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
  const plain = text.replaceAll(/\u001b\[[0-9;]*m/g, '');
  const line = plain.split('\n').find((candidate) => candidate.trim() !== '') ?? '';
  return line.length > 160 ? `${line.slice(0, 157)}…` : line;
}
