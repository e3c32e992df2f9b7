/** The console in a real browser against a whole gateway: who gets in, what it costs, and whom it shuts out. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildConsole } from '../../scripts/console.ts';
import { Desk, type DeskOptions } from '../support/desk.ts';
import { haveChromium, startBrowser } from '../support/phone.ts';
import { RunningGateway } from '../support/running-gateway.ts';

const DIST = join(import.meta.dirname, '../../web/dist');
/** What the console may weigh without its map, bytes as they are sent. */
const MOST_BYTES = 300_000;

let gateway: RunningGateway;
let browser: Browser;
let origin: string;
let key: string;
let desk: Desk;

beforeAll(async () => {
  await buildConsole();
  if (!haveChromium) return;
  // Nothing here needs ClickHouse.
  gateway = await RunningGateway.start({ clickhouse: { mode: 'server', url: 'http://127.0.0.1:1' } });
  browser = await startBrowser();
  origin = `http://127.0.0.1:${gateway.gateway.apiPort}`;
  key = gateway.gateway.firstKey?.secret ?? '';
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await gateway?.remove();
});

test('all of it but the map is smaller than it may be', () => {
  const files = readdirSync(join(DIST, 'assets')).filter((name) => /\.(js|css)$/.test(name) && !/^(map|maplibre)/.test(name));
  const bytes = files.map((name) => gzipSync(readFileSync(join(DIST, 'assets', name)), { level: 9 }).length);
  const sum = bytes.reduce((all, one) => all + one, 0);
  expect(sum).toBeGreaterThan(10_000);
  expect(sum).toBeLessThan(MOST_BYTES);
});

async function open(options: DeskOptions = {}): Promise<Desk> {
  desk = await Desk.open(browser, origin, options);
  return desk;
}

describe.skipIf(!haveChromium)('the console (skipped without chromium)', () => {
  afterEach(() => desk.close());

  test('whoever has a key gets in, and is told what is wrong with one that is none', async () => {
    const { page } = await open();
    await page.goto(origin);
    await page.waitForURL(`${origin}/console/`);
    await page.click('button[type=submit]');
    await page.waitForSelector('text=Paste your API key.');
    await page.fill('input[name=api-key]', 'odo_abc');
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=This is no API key');
    await page.fill('input[name=api-key]', `odo_${'0'.repeat(12)}_${'x'.repeat(43)}`);
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=does not accept this key');
    expect(await desk.barriers()).toEqual([]);
    await desk.picture('sign-in');
    await page.fill('input[name=api-key]', ` ${key}\n`);
    await page.keyboard.press('Enter');
    await page.waitForSelector('h1:text-is("Trackers")');
    await page.waitForSelector('text=No trackers yet');
    // Loaded again, the browser still has it, where no script can read it.
    await page.reload();
    await page.waitForSelector('text=No trackers yet');
    expect(await page.evaluate('document.cookie + sessionStorage.length')).toBe('0');
    const [cookie] = await desk.context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    await page.click('button[aria-label="Sign out"]');
    await page.waitForSelector('input[name=api-key]');
    await expect.poll(() => desk.context.cookies()).toEqual([]);
  });

  test.each(['light', 'dark'] as const)('nobody is shut out, in %s colours', async (colours) => {
    const { page } = await open({ key, colours });
    await desk.go('trackers');
    await page.waitForSelector('text=No trackers yet');
    await desk.picture(`empty-${colours}`);
    expect(await desk.barriers()).toEqual([]);
    await page.keyboard.press('?');
    await page.waitForSelector('dialog[open]');
    expect(await desk.barriers()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
  });
});
