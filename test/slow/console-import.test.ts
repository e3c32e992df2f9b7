/** A list of trackers imported in a real browser: looked at line by line, registered once however often, with a result to take away. */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildConsole } from '../../scripts/console.ts';
import { Desk } from '../support/desk.ts';
import { haveChromium, startBrowser } from '../support/phone.ts';
import { RunningGateway } from '../support/running-gateway.ts';

let gateway: RunningGateway;
let browser: Browser;
let desk: Desk;

beforeAll(async () => {
  if (!haveChromium) return;
  await buildConsole();
  // Nothing here needs ClickHouse.
  gateway = await RunningGateway.start({ clickhouse: { mode: 'server', url: 'http://127.0.0.1:1' } });
  browser = await startBrowser();
  const origin = `http://127.0.0.1:${gateway.gateway.apiPort}`;
  desk = await Desk.open(browser, origin, { key: gateway.gateway.firstKey?.secret ?? '' });
}, 60_000);
afterAll(async () => {
  await desk?.close();
  await browser?.close();
  await gateway?.remove();
});

const COUNT = 60;
const LINES = Array.from({ length: COUNT }, (_, i) => `html5,driver ${i},oem,${1000 + i} KLM,depot ${i % 3}`);
const FILE = ['provider,tracker_id,type,plate,depot', ...LINES, 'astrata,359632104952351,obd,,', 'acme,1,,,'].join('\n');

const registered = async (): Promise<number> => {
  const { body } = await gateway.ask('GET', '/v1/trackers/directory');
  return (body as { total: number }).total;
};

describe.skipIf(!haveChromium)('the import (skipped without chromium)', () => {
  test('registers what is right, says what is wrong, and registers nothing twice', async () => {
    const { page } = desk;
    await desk.go('import');
    await page.waitForSelector('input[type=file]');
    expect(await desk.barriers()).toEqual([]);
    await desk.picture('import');
    const file = { name: 'fleet.csv', mimeType: 'text/csv', buffer: Buffer.from(FILE) };
    await page.setInputFiles('input[type=file]', file);
    await page.waitForSelector(`text=${COUNT} can be registered`);
    await page.click('text=Only lines with problems');
    await page.waitForSelector('text=Luhn');
    await page.waitForSelector('text=provider “acme” is not known');
    expect(await desk.barriers()).toEqual([]);
    await desk.picture('import-problems');
    await page.click('text=Only lines with problems');
    await page.click(`button:text-is("Register ${COUNT}")`);
    await page.waitForSelector('text=Download the result', { timeout: 60_000 });
    await page.waitForSelector(`text=${COUNT} of ${COUNT}`);
    await desk.picture('import-done');
    expect(await desk.barriers()).toEqual([]);
    expect(await registered()).toBe(COUNT);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Download the result')]);
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(lines).toHaveLength(COUNT + 3);
    expect(lines[1]).toMatch(/^2,html5,driver 0,1000 KLM,registered,[\w-]{36},pending_validation,$/);
    expect(lines.at(-1)).toMatch(/^63,acme,1,,wrong,,,provider “acme” is not known$/);
    // The same file once more, in a tab that knows nothing of the first time.
    await desk.go('import');
    await page.setInputFiles('input[type=file]', file);
    await page.click(`button:text-is("Register ${COUNT}")`);
    await page.waitForSelector('text=Download the result', { timeout: 60_000 });
    expect(await registered()).toBe(COUNT);
    const { body } = await gateway.ask('GET', '/v1/trackers?text=depot 2');
    expect((body as { items: unknown[] }).items).toHaveLength(COUNT / 3);
  }, 120_000);
});
