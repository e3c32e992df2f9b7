/**
 * `npm run bench:console`: what a person waits for in the console. For companies of several sizes: from opening the address to the first
 * trackers on the screen, in a browser that has nothing yet and in one that has the files, and the longest gaps between two pictures
 * while the list is scrolled from its top to its end. Debian's Chromium on the machine of the gateway, without a graphics card: both
 * share its cores.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { aTracker, registered } from '../src/store/samples.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { buildConsole } from '../scripts/console.ts';
import { Desk } from '../test/support/desk.ts';
import { startBrowser } from '../test/support/phone.ts';
import { RunningGateway } from '../test/support/running-gateway.ts';
import { median } from './frame/statistics.ts';

const COMPANIES = [10, 10_000, 100_000];
const OPENINGS = 7;
const SCROLL_MS = 4_000;
const PROVIDERS = [
  ['targa', 'canbus'],
  ['astrata', 'obd'],
  ['bmw', 'oem'],
] as const;
const STATUSES = ['connected', 'connected', 'pending_for_data', 'error_data'] as const;

/** A data folder whose default company has so many trackers. */
function filled(trackers: number): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'odograph-bench-console-'));
  mkdirSync(join(dataDir, 'data'));
  const store = openSqliteStore(join(dataDir, 'data/odograph.sqlite'));
  for (let i = 0; i < trackers; i++) {
    const [provider, type] = PROVIDERS[i % PROVIDERS.length] ?? PROVIDERS[0];
    const plate = `${1_000 + (i % 9_000)} K${String.fromCharCode(65 + (i % 26), 65 + ((i * 7) % 26))}`;
    const objectId = { license_plate: plate, make: 'Ford', model: 'Transit' };
    const status = STATUSES[i % STATUSES.length] ?? 'connected';
    store.register(registered(aTracker(`t${i}`, { provider, type, status, objectId })));
  }
  store.close();
  return dataDir;
}

/** Time from opening the address to the first trackers on the screen, ms. */
async function opening(browser: Browser, origin: string, key: string): Promise<{ first: number; again: number }> {
  const desk = await Desk.open(browser, origin, { key });
  const open = async (): Promise<number> => {
    const begun = performance.now();
    await desk.go('trackers');
    await desk.page.waitForSelector('.trackers-name a');
    return performance.now() - begun;
  };
  const first = await open();
  await desk.page.goto('about:blank');
  const again = await open();
  await desk.close();
  return { first, again };
}

/** Gaps between two pictures while the list is scrolled from top to end, ms, the longest first. */
async function scrolling(browser: Browser, origin: string, key: string): Promise<number[]> {
  const desk = await Desk.open(browser, origin, { key });
  await desk.go('trackers');
  await desk.page.waitForSelector('.trackers-name a');
  const gaps = await desk.page.evaluate<number[]>(`new Promise((resolve) => {
    const list = document.querySelector('.list');
    const way = list.scrollHeight - list.clientHeight;
    const seen = [];
    const begun = performance.now();
    let last = begun;
    const step = (now) => {
      seen.push(now - last);
      last = now;
      list.scrollTop = (way * (now - begun)) / ${SCROLL_MS};
      if (now - begun < ${SCROLL_MS}) requestAnimationFrame(step);
      else resolve(seen.slice(1));
    };
    requestAnimationFrame(step);
  })`);
  await desk.close();
  return gaps.toSorted((a, b) => b - a);
}

await buildConsole();
const browser = await startBrowser();
for (const trackers of COMPANIES) {
  const dataDir = filled(trackers);
  const gateway = await RunningGateway.start({}, dataDir);
  const [origin, key] = [`http://127.0.0.1:${gateway.gateway.apiPort}`, gateway.gateway.firstKey?.secret ?? ''];
  const openings: { first: number; again: number }[] = [];
  for (let i = 0; i < OPENINGS; i++) openings.push(await opening(browser, origin, key));
  const gaps = await scrolling(browser, origin, key);
  const at = (share: number): string => (gaps[Math.floor(gaps.length * share)] ?? Number.NaN).toFixed(0);
  process.stdout.write(
    `${trackers} trackers: first view ${median(openings.map(({ first }) => first)).toFixed(0)} ms, ` +
      `again ${median(openings.map(({ again }) => again)).toFixed(0)} ms (medians of ${OPENINGS}; the very first ${openings[0]?.first.toFixed(0)} ms); ` +
      `scrolling: ${gaps.length} pictures, longest gaps ${at(0)}, 1 in 100 above ${at(0.01)}, half above ${at(0.5)} ms\n`,
  );
  await gateway.remove();
}
await browser.close();
