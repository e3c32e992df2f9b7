import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Processes } from '../../src/app-processes.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createLogger } from '../../src/observe/logger.ts';

const root = mkdtempSync(join(tmpdir(), 'odograph-left-over-'));
afterAll(() => rmSync(root, { recursive: true }));

it('refuses another registry while a process that there is no more may hold what is not stored, and opens nothing', async () => {
  const folder = join(root, 'spool', 'process-2');
  mkdirSync(folder, { recursive: true });
  const known = { protocols: ['teltonika', 'astra-telematics'] };
  const { config } = loadConfig({ environment: {}, flags: [{ path: 'dataDir', text: root, flag: '--data-dir' }], known });
  const starting = Processes.start({ config, logger: createLogger({ level: 'silent', format: 'json' }), version: '1' });
  await expect(starting).rejects.toMatchObject({
    code: 'config_conflict',
    detail: `${folder} was left by a process that there is no more, and may hold frames that are not stored: set store.kind to redis, as it was, until the log says that it is empty`,
  });
  expect(existsSync(join(root, 'clickhouse'))).toBe(false);
});
