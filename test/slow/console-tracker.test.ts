/** The pages of a tracker and of frames in a real browser, against a whole gateway with a vehicle that was driven. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildConsole } from '../../scripts/console.ts';
import { Desk, type DeskOptions } from '../support/desk.ts';
import { drive, driveTracker, type DrivenTracker } from '../support/driven-tracker.ts';
import { haveChromium, startBrowser } from '../support/phone.ts';
import { RunningGateway } from '../support/running-gateway.ts';
import { until } from '../support/waiting.ts';

let gateway: RunningGateway;
let browser: Browser;
let origin: string;
let key: string;
let tracker: DrivenTracker;
let desk: Desk;

beforeAll(async () => {
  if (!haveChromium) return;
  await buildConsole();
  gateway = await RunningGateway.start({ clickhouse: { batchAgeMs: 50 } });
  [browser, tracker] = await Promise.all([startBrowser(), driveTracker(gateway, Date.now())]);
  origin = `http://127.0.0.1:${gateway.gateway.apiPort}`;
  key = gateway.gateway.firstKey?.secret ?? '';
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await gateway?.remove();
});

/** A frame of Astra Telematics with four bytes that nobody describes. */
const STOPPED = '4b00360220a4eb561e210e0268b607ffc77c1256dfec5d1b2d0000010041057d633e21010203040506007b002a21b800deadbeef4d83';

async function open(options: Omit<DeskOptions, 'key'> = {}): Promise<Page> {
  desk = await Desk.open(browser, origin, { key, ...options });
  desk.page.setDefaultTimeout(90_000);
  return desk.page;
}

/** What the map draws of a layer. */
const drawn = (page: Page, layer: string) =>
  page.evaluate<{ length: number; points: number }>(`(() => {
    const map = document.querySelector('.map').odographMap;
    const found = map.queryRenderedFeatures({ layers: ['${layer}'] });
    return { length: found.length, points: found.flatMap(({ geometry }) => geometry.coordinates.flat()).length };
  })()`);

/** Waits until the map has drawn a layer. */
const untilDrawn = (page: Page, layer: string) =>
  until(`the map draws ${layer}`, () =>
    page.evaluate<boolean>(`(() => {
      const map = document.querySelector('.map[data-state=drawn]')?.odographMap;
      return map !== undefined && map.queryRenderedFeatures({ layers: ['${layer}'] }).length > 0;
    })()`),
  );

describe.skipIf(!haveChromium)('the page of a tracker (skipped without chromium)', () => {
  afterEach(() => desk.close());

  test('shows where it was, what it said over time and last, and what is pointed at in a plot on the map', async () => {
    const page = await open();
    await desk.go(`tracker/${tracker.oid}`);
    await page.waitForSelector('h1:text-is("4821 LKM")');
    await page.waitForSelector('.badge:text-is("Connected")');
    await untilDrawn(page, 'track');
    expect((await drawn(page, 'track')).points).toBeGreaterThan(100);
    expect((await drawn(page, 'here')).length).toBeGreaterThan(0);
    await page.waitForSelector('.value-row:has-text("Voltage of the supply") dd:has-text("V")');
    await page.click('.value-name:has-text("Crankshaft speed")');
    await page.waitForSelector('figcaption:has-text("Crankshaft speed")');
    await page.hover('.plot-canvas', { position: { x: 400, y: 60 } });
    await untilDrawn(page, 'pointed');
    await desk.picture('tracker');
    expect(await desk.barriers()).toEqual([]);
    // The same by keys.
    await page.mouse.move(5, 5);
    await page.focus('.plot-canvas');
    await page.keyboard.press('ArrowLeft');
    await page.waitForSelector('.plot-canvas[aria-valuetext*="km/h"]');
  });

  test('lists its trips, its events, what it went through and its frames', async () => {
    const page = await open({ colours: 'dark' });
    await desk.go(`tracker/${tracker.oid}?tab=trips`);
    await page.waitForSelector('td:has-text("km/h")');
    expect(await desk.barriers()).toEqual([]);
    await page.click('button:has-text("Show on the map")');
    await page.waitForURL(/from=/);
    await page.click('.tab:has-text("Events")');
    await page.selectOption('.range select', '24h');
    await page.waitForSelector('td:has-text("Ignition turned on")');
    expect(await desk.barriers()).toEqual([]);
    await page.click('.tab:has-text("Why")');
    await page.waitForSelector('.transitions li:has-text("Connected")');
    await desk.picture('tracker-why-dark');
    expect(await desk.barriers()).toEqual([]);
    await page.click('.tab:has-text("Frames")');
    await page.click('td a.mono >> nth=0');
    await page.waitForSelector('h1:has-text("Frame of teltonika")');
    // What is pointed at among the fields lights up among the bytes, and the other way round; keys do the same.
    await page.hover('.field-row:has-text("longitude") >> nth=0');
    expect(await page.textContent('.hex .is-lit >> nth=0')).toMatch(/^[0-9a-f]{2}( [0-9a-f]{2}){0,3}$/);
    await page.waitForSelector('.piece-says:has-text("longitude")');
    await page.hover('.hex-run >> nth=1');
    await page.waitForSelector('.field-row.is-lit:has-text("length")');
    await page.mouse.move(5, 5);
    await page.focus('.hex');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('.piece-says:has-text("bytes 4 to 7")');
  });

  test('takes pasted bytes apart, marks where decoding stopped, and says of unknown ones why they are none', async () => {
    const page = await open({ size: 'phone' });
    await desk.go('frames');
    await page.click('button[type=submit]');
    await page.waitForSelector('text=Paste the bytes of a frame.');
    await page.fill('textarea', STOPPED);
    await page.click('button[type=submit]');
    await page.waitForSelector('text=Decoding stopped at byte 48');
    await page.waitForSelector('.hex-run[data-stop]:text-is("de ad be ef")');
    expect(await desk.barriers()).toEqual([]);
    await desk.picture('frames-phone');
    await page.fill('textarea', '48 65 6c 6c 6f');
    await page.click('button[type=submit]');
    await page.waitForSelector('.candidates li:has-text("teltonika"):has-text("expected 00")');
    await page.click('button[aria-label="Take it apart so: ruptela"]');
    await page.waitForSelector('.hex-run.is-unread');
    expect(await desk.barriers()).toEqual([]);
    await page.fill('textarea', '0g!');
    await page.click('button[type=submit]');
    await page.waitForSelector('[role=alert]:has-text("no hex digit")');
  });

  test('follows it live, and lets its owner change it, disconnect it and delete it', async () => {
    const page = await open();
    await desk.go(`tracker/${tracker.oid}`);
    await page.waitForSelector('.live.is-on');
    await untilDrawn(page, 'here');
    await drive(gateway, tracker, Date.now() - 60_000, 1);
    await page.waitForSelector('.overview-map-says:has-text("732 places")');
    await page.click('button:has-text("Change")');
    await page.fill('label:has-text("Licence plate") + input', '1000 ABC');
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('h1:text-is("1000 ABC")');
    await page.click('button:has-text("Disconnect")');
    expect(await desk.barriers()).toEqual([]);
    await page.click('dialog button.is-danger');
    await page.waitForSelector('.badge:text-is("Disconnected")');
    await page.click('.tracker-actions button.is-danger');
    await page.fill('dialog input', tracker.imei);
    await page.click('dialog button[type=submit]');
    await page.waitForSelector('h1:text-is("Trackers")');
    await desk.go(`tracker/${tracker.oid}`);
    await page.waitForSelector('[role=alert]:has-text("no tracker")');
  });
});
