import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8');
const blocks = [...page.matchAll(/^```sh\n([\s\S]+?)^```/gm)].map(([, code = '']) => code);
const dataDir = newDataDir();
let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await RunningGateway.start({}, dataDir);
  await gateway.stored();
});
afterAll(() => gateway.remove());

test('every command of docs/api.md does what the page says, one after the other', async () => {
  expect(blocks.length).toBeGreaterThan(6);
  const commands = blocks.join('\n').match(/curl /g) ?? [];
  // An answer above 399 ends the script: curl is told so by `-f`, and the shell by `-e`.
  const { stdout } = await promisify(execFile)('bash', ['-e', '-o', 'pipefail', '-c', blocks.join('\n')], {
    env: {
      ...process.env,
      API: `http://127.0.0.1:${gateway.gateway.apiPort}`,
      KEY: gateway.gateway.firstKey?.secret ?? '',
      TMPDIR: dataDir,
    },
  });
  expect(commands.length).toBeGreaterThan(12);
  for (const said of [
    '"pending_validation"',
    '"transitions"',
    '"application/pdf"',
    '"cartrack"',
    '"vehicle_type":"van"',
    'retry: 2000',
  ]) {
    expect(stdout).toContain(said);
  }
  expect(stdout).toMatch(/"validation_status":"disconnected"/);
  expect(stdout).not.toContain('change-me');
});

test('the first key of a gateway stands in a file that only its owner may read', () => {
  const { secret, file } = gateway.gateway.firstKey ?? { secret: '', file: '' };
  expect(readFileSync(file, 'utf8').trim()).toBe(secret);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
