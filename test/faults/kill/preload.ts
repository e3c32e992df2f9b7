/**
 * Loaded before a gateway (`node --import`), it kills the process at the n-th time it comes to one step: `?at=spool-synced&nth=3`
 * behind its own address says which. It wraps what Node itself offers, files, SQLite and requests, and knows nothing of the
 * gateway but the names of its files: production code has no hook, and the death is a real SIGKILL between two system calls.
 */
import { readlinkSync } from 'node:fs';
import files, { open } from 'node:fs/promises';
import http, { type ClientRequest } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync } from 'node:sqlite';
import type { KillPoint } from './points.ts';

const { searchParams } = new URL(import.meta.url);
const armed = searchParams.get('at');
let left = Number(searchParams.get('nth') ?? '1');

/** The process is at a step. */
function at(point: KillPoint): void {
  if (point === armed && --left === 0) process.kill(process.pid, 'SIGKILL');
}

type Method = (this: never, ...words: never[]) => unknown;

/** Puts a function in the place of a method, which is given the method itself. */
function wrap<Owner extends object>(
  owner: Owner,
  name: keyof Owner,
  made: (method: (self: unknown, words: unknown[]) => unknown) => (self: unknown, words: unknown[]) => unknown,
): void {
  const method = owner[name] as Method;
  const wrapper = made((self, words) => Reflect.apply(method, self, words));
  Object.defineProperty(owner, name, {
    configurable: true,
    writable: true,
    value(this: unknown, ...words: unknown[]) {
      return wrapper(this, words);
    },
  });
}

const isSegment = (handle: unknown): boolean =>
  readlinkSync(`/proc/self/fd/${(handle as { fd: number }).fd}`).endsWith('.spool');

/** Files of the spool whose header was the last that was written. */
const headed = new WeakSet();

async function watchFiles(): Promise<void> {
  const sample = await open('/dev/null');
  const handles = Object.getPrototypeOf(sample) as { write: Method; datasync: Method };
  await sample.close();
  wrap(handles, 'write', (write) => async (self, words) => {
    const done = await write(self, words);
    if (isSegment(self)) {
      if (words[3] === 0) headed.add(self as object);
      at(headed.has(self as object) ? 'segment-headed' : 'spool-written');
    }
    return done;
  });
  wrap(handles, 'datasync', (datasync) => async (self, words) => {
    const done = await datasync(self, words);
    if (isSegment(self)) at(headed.delete(self as object) ? 'segment-synced' : 'spool-synced');
    return done;
  });
  wrap(files, 'rename', (rename) => async (self, words) => {
    const isCheckpoint = String(words[1]).endsWith('checkpoint.json');
    if (isCheckpoint) at('checkpoint-written');
    const done = await rename(self, words);
    if (isCheckpoint) at('checkpoint-replaced');
    return done;
  });
  syncBuiltinESMExports();
}

function watchRegistry(): void {
  let isMigrating = false;
  wrap(DatabaseSync.prototype, 'exec', (exec) => (self, words) => {
    const sql = String(words[0]);
    const isCommit = sql === 'COMMIT';
    if (isCommit && !isMigrating) at('registry-written');
    const done = exec(self, words);
    if (/CREATE TABLE|ALTER TABLE/.test(sql)) isMigrating = true;
    if (isMigrating && !isCommit) at('registry-schema');
    if (isCommit && !isMigrating) at('registry-committed');
    if (isCommit) isMigrating = false;
    return done;
  });
}

/** Statements that change the schema are the body of their request; an insert's stands in its address, and the body are its rows. */
const SCHEMA = /^\s*(CREATE|ALTER|DROP|TRUNCATE)\b/;

function watchRequests(): void {
  wrap(http, 'request', (request) => (self, words) => {
    const made = request(self, words) as ClientRequest;
    const isInsert = /query=INSERT/.test(String(words[0]));
    let isSchema = false;
    wrap(made, 'write', (write) => (target, [chunk, ...rest]) => {
      isSchema ||= SCHEMA.test(String(chunk).slice(0, 200));
      if (isInsert && armed === 'insert-sent' && left === 1) {
        const bytes = chunk as Uint8Array;
        write(target, [bytes.subarray(0, bytes.length >> 1), ...rest]);
        // So that the half leaves this process.
        setTimeout(() => at('insert-sent'), 5);
        return false;
      }
      if (isInsert) at('insert-sent');
      return write(target, [chunk, ...rest]);
    });
    made.on('finish', () => {
      if (isInsert) at('insert-asked');
      if (isSchema) at('schema-asked');
    });
    made.on('response', (response) => {
      response.on('end', () => {
        if (isInsert) at('insert-answered');
        if (isSchema) at('schema-answered');
      });
    });
    return made;
  });
}

if (/\bmain\.[jt]s$/.test(process.argv[1] ?? '')) {
  await watchFiles();
  watchRegistry();
  watchRequests();
}
