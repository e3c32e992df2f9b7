/** Reads a `.cpuprofile` of V8: what each call, and each folder, took of the time in which the thread was busy. */

/** A node of V8's profile, as far as it is read here. */
interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
  children?: number[];
}

export interface CpuProfile {
  nodes: ProfileNode[];
  samples: number[];
  timeDeltas: number[];
  /** How long the event loop kept a timer of a millisecond waiting, ms. */
  blocksMs: { longest: number; p99: number };
}

/** Folder of what profiles: the start of a profile takes a while, which is no work of the gateway. */
const PROFILER = 'bench/flame';

/** Calls of one function by one caller, with all that they called. Times in microseconds. */
export interface Call {
  name: string;
  /** Folder of the house it is in, `node` for Node's own code, a package, or empty for what has no source. */
  folder: string;
  self: number;
  total: number;
  calls: Map<string, Call>;
}

/** What a folder of the house took itself, and what Node and the engine did for it. Microseconds. */
export interface FolderTime {
  folder: string;
  self: number;
  runtime: number;
}

/** Gives the tree of calls, time in which nothing was to be done left out. `root` is the folder the sources are in. */
export function callsOf({ nodes, samples, timeDeltas }: CpuProfile, root: string): Call {
  const selfOf = new Map<number, number>();
  for (const [i, id] of samples.entries()) selfOf.set(id, (selfOf.get(id) ?? 0) + (timeDeltas[i] ?? 0));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const all = newCall('all', '');
  const add = (into: Call, node: ProfileNode): number => {
    const { functionName, url, lineNumber } = node.callFrame;
    const folder = folderOf(url, root);
    if (functionName === '(idle)' || folder === PROFILER) return 0;
    const place = url === '' ? '' : ` ${fileOf(url, root)}:${lineNumber + 1}`;
    const name = `${functionName === '' ? '(anonymous)' : functionName}${place}`;
    const call = functionName === '(root)' ? into : (into.calls.get(name) ?? newCall(name, folder));
    if (call !== into) into.calls.set(name, call);
    const self = selfOf.get(node.id) ?? 0;
    let total = self;
    for (const child of node.children ?? []) total += add(call, byId.get(child) as ProfileNode);
    call.self += self;
    call.total += total;
    return total;
  };
  add(all, nodes[0] as ProfileNode);
  return all;
}

/** Sums up by folder of the house, what took most first. Runtime that nothing of the house has called stands under its own name. */
export function foldersOf(all: Call): FolderTime[] {
  const times = new Map<string, FolderTime>();
  const visit = (call: Call, caller: string): void => {
    const isOwn = call.folder.includes('/');
    const folder = isOwn ? call.folder : caller;
    const under = folder === '' ? (call.name.startsWith('(') ? call.name : 'event loop and runtime') : folder;
    const time = times.get(under) ?? { folder: under, self: 0, runtime: 0 };
    times.set(under, time);
    if (isOwn) time.self += call.self;
    else time.runtime += call.self;
    for (const each of call.calls.values()) visit(each, folder);
  };
  visit(all, '');
  return [...times.values()].filter(({ self, runtime }) => self + runtime > 0).sort((a, b) => sumOf(b) - sumOf(a));
}

/** Sums up what each function took itself, whoever called it; what took most first. */
export function functionsOf(all: Call): [name: string, self: number][] {
  const times = new Map<string, number>();
  const visit = (call: Call): void => {
    times.set(call.name, (times.get(call.name) ?? 0) + call.self);
    for (const each of call.calls.values()) visit(each);
  };
  visit(all);
  return [...times].sort(([, a], [, b]) => b - a);
}

function sumOf({ self, runtime }: FolderTime): number {
  return self + runtime;
}

function newCall(name: string, folder: string): Call {
  return { name, folder, self: 0, total: 0, calls: new Map() };
}

function fileOf(url: string, root: string): string {
  return url
    .replace(`file://${root}/`, '')
    .replace(/^.*node_modules\//, '')
    .replace('node:internal/', 'node:');
}

/** Folder of the house, two names deep; a package and Node's own code are runtime. */
function folderOf(url: string, root: string): string {
  if (url.startsWith('node:')) return 'node';
  const file = fileOf(url, root);
  if (url.includes('node_modules/'))
    return file
      .split('/')
      .slice(0, file.startsWith('@') ? 2 : 1)
      .join(' ');
  const folders = file.split('/').slice(0, -1);
  if (folders.length === 1) return `${folders[0]}/${file.split('/').at(-1)}`;
  return folders.slice(0, 2).join('/');
}
