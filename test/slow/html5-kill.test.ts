/** A gateway that is killed while a page drives: what the page took is stored, each fix once. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { freePort } from '../../src/sink/clickhouse/embedded/endpoint.ts';
import { haveChromium, Phone, startBrowser } from '../support/phone.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const KILLS = 3;
const STORED_WITHIN_MS = 60_000;
const NAME = 'van 1';

const dataDir = mkdtempSync(join(tmpdir(), 'odograph-html5-kill-'));
afterAll(() => removeFolder(dataDir));

test.skipIf(!haveChromium)(
  `what the page took is stored exactly once after ${KILLS} kills, and its tracker connected (skipped without chromium)`,
  async () => {
    const apiPort = await freePort();
    const origin = `http://127.0.0.1:${apiPort}`;
    const settings = [`api.port=${apiPort}`, 'clickhouse.batchAgeMs=100'];
    let gateway = await GatewayProcess.start({ dataDir, settings });
    const ask = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
      const key = readFileSync(join(dataDir, 'admin-key'), 'utf8').trim();
      const headers = { 'x-api-key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
      const response = await fetch(origin + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return (await response.json()) as Record<string, unknown>;
    };
    const { oid } = await ask('POST', '/v1/trackers/register', { tracker_id: NAME, provider: 'html5', type: 'oem' });
    await ask('POST', '/v1/trackers/validate', { tracker_id: NAME, provider: 'html5' });
    const status = async () => (await ask('GET', `/v1/trackers/${String(oid)}`))['validation_status'];
    await until('it is validated', async () => (await status()) === 'pending_for_data');
    const { url } = await ask('POST', `/v1/trackers/${String(oid)}/html5-links`, {});

    const browser = await startBrowser();
    const phone = await Phone.open(browser, origin);
    try {
      await phone.page.goto(String(url));
      await phone.page.click('#start');
      await phone.shows('tracking');
      for (let kill = 0; kill < KILLS; kill++) {
        await phone.drive(120);
        await gateway.kill();
        const started = GatewayProcess.start({ dataDir, port: gateway.port, settings });
        await phone.drive(60);
        gateway = await started;
      }
      await phone.drive(60);
      await phone.sent();
      await phone.shows('connected', phone.page, STORED_WITHIN_MS);
      expect(await status()).toBe('connected');
      const taken = await phone.number('taken');
      const waiting = async () => (await gateway.metrics()).get('odograph_spool_waiting_frames');
      await until('all of it is stored', async () => (await waiting()) === 0, STORED_WITHIN_MS);
      const rows = await gateway.query<{ seq: number }>(
        `SELECT signals['device.sequence.value'] AS seq FROM messages FINAL WHERE ident = '${NAME}' ORDER BY seq`,
      );
      expect(taken).toBeGreaterThan(15);
      expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: taken }, (_, i) => i + 1));
      expect(phone.complaints).toEqual([]);
    } finally {
      await browser.close();
      await gateway.stop();
    }
  },
);
