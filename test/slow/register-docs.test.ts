/** docs/register-a-tracker.md, run as it stands but for its ports: a gateway and clouds as processes of their own, in an empty folder. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROVIDERS, VALIDATION_STATUSES } from '#model/tracker';
import { removeFolder } from '../support/remove-folder.ts';

const ROOT = join(import.meta.dirname, '../..');
/** What a checkout needs to run from another folder. */
const LINKED = ['package.json', 'src', 'protocols', 'node_modules', 'scripts'];
const page = readFileSync(join(ROOT, 'docs/register-a-tracker.md'), 'utf8');
const blocks = [...page.matchAll(/^```sh( own terminal)?\n([\s\S]+?)^```/gm)].map(([, own, code = '']) => ({
  isOwnTerminal: own !== undefined,
  code,
}));

/** Bounds a hang; it takes some 20 s, and minutes where the machine is busy. */
const TIMEOUT_MS = 400_000;

let folder: string;
let ports: Record<string, string>;
const terminals: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'odograph-register-'));
  for (const name of LINKED) symlinkSync(join(ROOT, name), join(folder, name));
  const [devices, api, clouds] = await freePorts(3);
  ports = { '5027': String(devices), '8080': String(api), '8090': String(clouds) };
  mkdirSync(join(folder, 'config'));
  writeFileSync(
    join(folder, 'config/simulated-clouds.yaml'),
    onPorts(readFileSync(join(ROOT, 'config/simulated-clouds.yaml'), 'utf8')),
  );
});
afterAll(async () => {
  await Promise.all(terminals.map(close));
  removeFolder(folder);
});

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const found = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return found;
}

function onPorts(text: string): string {
  return Object.entries(ports).reduce((with_, [from, to]) => with_.replaceAll(`127.0.0.1:${from}`, `127.0.0.1:${to}`), text);
}

/** The ports a reader's gateway has by default are others here. */
function environment(): NodeJS.ProcessEnv {
  const listener = {
    name: 'trackers',
    host: '127.0.0.1',
    port: Number(ports['5027']),
    protocols: ['teltonika', 'astra-telematics'],
  };
  return {
    ...process.env,
    ODOGRAPH_LISTENERS: JSON.stringify([listener]),
    ODOGRAPH_API__PORT: ports['8080'],
    ODOGRAPH_ADMIN__PORT: '0',
  };
}

/** Runs a command as in a terminal of its own: all it starts ends with it. */
function open(code: string): void {
  const clouds = code.includes('simulate-cloud serve') ? ` --port ${ports['8090']}` : '';
  const terminal = spawn('bash', ['-c', code.trimEnd() + clouds], {
    cwd: folder,
    env: environment(),
    detached: true,
    stdio: 'ignore',
  });
  terminals.push(terminal);
}

async function close(terminal: ChildProcess): Promise<void> {
  if (terminal.exitCode !== null || terminal.pid === undefined) return;
  const ended = once(terminal, 'exit');
  process.kill(-terminal.pid, 'SIGKILL');
  await ended;
}

test('whoever follows the page has a connected tracker of each of the eight providers', async () => {
  for (const { code } of blocks.filter(({ isOwnTerminal }) => isOwnTerminal)) open(code);
  const script = onPorts(blocks.flatMap(({ isOwnTerminal, code }) => (isOwnTerminal ? [] : [code])).join('\n'));
  // An answer above 399 ends the script, and the shell says after which words.
  const options = { cwd: folder, env: environment(), timeout: TIMEOUT_MS };
  const ran = promisify(execFile)('bash', ['-e', '-o', 'pipefail', '-c', script], options);
  const { stdout, stderr } = await ran.catch((error: unknown) => ({ stdout: '', stderr: '', ...(error as object) }));
  expect(stdout, stderr).toContain('"category":"connected"');
  expect(terminals).toHaveLength(2);

  const key = readFileSync(join(folder, 'data/admin-key'), 'utf8').trim();
  const answer = await fetch(`http://127.0.0.1:${ports['8080']}/v1/trackers`, { headers: { 'x-api-key': key } });
  const { items } = (await answer.json()) as { items: { provider: string; validation_status: string }[] };
  const stand = items.map(({ provider, validation_status: status }) => `${provider} ${status}`);
  expect(stand.sort()).toEqual(PROVIDERS.map((provider) => `${provider} connected`).sort());

  for (const said of [
    '"works":true',
    'Cartrack has no vehicle with the registration \\"1020KLM\\" in this account',
    'the vehicle says 48210 km, 84210 km were given',
    'a hardware box is the alternative',
    'is wrong_tracker_id',
    'is error_validating',
  ]) {
    expect(stdout).toContain(said);
  }
});

test('the page says what becomes of every status, and nothing of others', () => {
  const named = [...page.matchAll(/^\| `([a-z_]+)` /gm)].map(([, status]) => status);
  expect(new Set(named)).toEqual(new Set(VALIDATION_STATUSES.filter((status) => status !== 'disconnected')));
});
