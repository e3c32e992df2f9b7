import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Gateway } from '../../src/app.ts';
import { odograph } from '../../src/cli/cli-fixture.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { removeFolder } from '../support/remove-folder.ts';

const dir = mkdtempSync(join(tmpdir(), 'odograph-simulate-'));
const file = join(dir, 'odograph.yaml');
writeFileSync(
  file,
  `dataDir: ${dir}
listeners: [{name: trackers, host: 127.0.0.1, port: 0, protocols: [teltonika, astra-telematics]}]
admin: {port: 0}
api: {port: 0}
`,
);

let gateway: Gateway;
let port = '';

beforeAll(async () => {
  const { config } = loadConfig({ file, environment: {}, known: { protocols: ['teltonika', 'astra-telematics'] } });
  gateway = await Gateway.start({ config, logger: createLogger({ level: 'silent', format: 'json' }), version: '0' });
  port = String(gateway.ports['trackers']);
});
afterAll(async () => {
  await gateway.stop();
  removeFolder(dir);
});

const simulate = (...words: string[]) => odograph('simulate', '--config', file, '--speed', '2000', ...words);

test('a fleet drives, every record is acknowledged, and its registered trackers connect', async () => {
  const { code, out } = await simulate('--port', port, '--vehicles', '3', '--minutes', '20', '--register', '--json');
  expect(code).toBe(0);
  const vehicles = JSON.parse(out) as { ident: string; provider: string; recordsAcknowledged: number; pending: number }[];
  expect(vehicles.map(({ provider }) => provider)).toEqual(['astrata', 'targa', 'cartrack']);
  for (const { recordsAcknowledged, pending } of vehicles) {
    expect(recordsAcknowledged).toBeGreaterThan(200);
    expect(pending).toBe(0);
  }
  await gateway.drained(AbortSignal.timeout(20_000));
  const listed = await odograph('trackers', 'list', '--config', file, '--json');
  expect(JSON.parse(listed.out)).toMatchObject([{ status: 'connected' }, { status: 'connected' }, { status: 'connected' }]);
  const counted = await odograph(
    'query',
    'SELECT ident, uniqExact(record_id) FROM messages GROUP BY ident ORDER BY ident',
    '--format',
    'TSV',
    '--config',
    file,
  );
  const expected = vehicles.map(({ ident, recordsAcknowledged }) => `${ident}\t${recordsAcknowledged}\n`).sort();
  expect(counted.out).toBe(expected.join(''));
  // Registered already: nothing is registered twice, and nothing fails.
  expect((await simulate('--port', port, '--vehicles', '1', '--minutes', '1', '--register')).code).toBe(0);
});

test('without a port, or with nobody there, it says so', async () => {
  expect(await simulate()).toMatchObject({ code: 64, err: expect.stringContaining('--port') });
  expect(await simulate('--port', '9')).toMatchObject({
    code: 69,
    err: expect.stringContaining('nothing listens on 127.0.0.1:9'),
  });
});
