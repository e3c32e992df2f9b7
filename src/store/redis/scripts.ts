/** The Lua scripts: each is one atomic step in one round trip. They are put together from files of `lua/`. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A script, and the digest by which a server that has it runs it. */
export interface Script {
  name: string;
  lua: string;
  sha: string;
}

const FOLDER = join(import.meta.dirname, 'lua');

function script(name: string, ...parts: readonly string[]): Script {
  const files = ['prelude', ...parts, name];
  const lua = files.map((file) => readFileSync(join(FOLDER, `${file}.lua`), 'utf8')).join('\n');
  return { name, lua, sha: createHash('sha1').update(lua).digest('hex') };
}

export const SCRIPTS = {
  register: script('register', 'writes'),
  update: script('update', 'writes'),
  commit: script('commit', 'writes', 'answers'),
  forgetPlaces: script('forget-places'),
  news: script('news', 'states'),
  statesOf: script('states-of', 'states'),
  called: script('called'),
  list: script('list'),
  heard: script('heard'),
  queue: script('queue'),
  settleQueue: script('settle-queue'),
  commandAdd: script('command-add'),
  commandList: script('command-list'),
  commandSend: script('command-send', 'answers'),
  commandExpire: script('command-expire', 'answers'),
  commandFail: script('command-fail', 'answers'),
  commandForget: script('command-forget'),
  documentWrite: script('document-write', 'documents'),
  documentRead: script('document-read', 'documents'),
  namesKeep: script('names-keep'),
  namesKnown: script('names-known'),
} as const satisfies Record<string, Script>;
