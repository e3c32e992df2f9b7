/** The pages for whoever runs the gateway or manages keys, in a real browser against a whole gateway. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildConsole } from '../../scripts/console.ts';
import { ConsoleWorld } from '../support/console-world.ts';
import { Desk, type DeskOptions } from '../support/desk.ts';
import { haveChromium, startBrowser } from '../support/phone.ts';

let world: ConsoleWorld;
let browser: Browser;
let desk: Desk;

beforeAll(async () => {
  if (!haveChromium) return;
  await buildConsole();
  [world, browser] = await Promise.all([ConsoleWorld.start(), startBrowser()]);
  await world.drive();
  await world.poison(3);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
}, 120_000);

async function open(place: string, options: DeskOptions = {}): Promise<Desk> {
  desk = await Desk.open(browser, world.origin, { key: world.key, ...options });
  await desk.go(place);
  return desk;
}

/** How the API answers a key. */
async function works(key: string): Promise<number> {
  return (await fetch(`${world.origin}/v1/company`, { headers: { 'x-api-key': key } })).status;
}

/** In the browser's other colours and on a phone: nobody is shut out, and there is a picture to look at. */
async function lookAt(name: string, place: string, awaited: string): Promise<void> {
  expect(await desk.barriers()).toEqual([]);
  await desk.picture(`${name}-light`);
  for (const options of [{ colours: 'dark' }, { size: 'phone' }] as const) {
    const other = await Desk.open(browser, world.origin, { key: world.key, ...options });
    await other.go(place);
    await other.page.waitForSelector(awaited);
    expect(await other.barriers()).toEqual([]);
    await other.picture(`${name}-${'size' in options ? 'phone' : 'dark'}`);
    await other.close();
  }
}

describe.skipIf(!haveChromium)('the console (skipped without chromium)', () => {
  afterEach(() => desk.close());

  test('a key is made, shown once, rotated and revoked', async () => {
    const { page } = await open('keys');
    await page.click('text=New key');
    await page.fill('input[name=name]', 'fleet shop');
    await page.selectOption('dialog select >> nth=0', 'admin');
    expect(await desk.barriers()).toEqual([]);
    await page.click('text=Make the key');
    const secret = await page.inputValue('input[name=secret]');
    expect(secret).toMatch(/^odo_/);
    expect(await works(secret)).toBe(200);
    await page.click('text=I have copied it');
    expect(await page.content()).not.toContain(secret);
    await page.click('button[aria-label="Rotate: fleet shop"]');
    await page.selectOption('dialog select', '0');
    await page.click('text=Make the new key');
    const young = await page.inputValue('input[name=secret]');
    await page.click('text=I have copied it');
    expect([await works(secret), await works(young)]).toEqual([401, 200]);
    await lookAt('keys', 'keys', 'text=fleet shop');
    await page.click('button[aria-label="Revoke: fleet shop"]');
    await page.click('text=Revoke the key');
    await page.waitForSelector('text=fleet shop', { state: 'detached' });
    expect(await works(young)).toBe(401);
    await page.click('text=Show 2 that ended');
    await page.waitForSelector('.badge:text-is("Revoked")');
  });

  test('a webhook is made, called, looked at, and called again', async () => {
    const { page } = await open('webhooks');
    await page.waitForSelector('text=No webhooks yet');
    await page.click('text=New webhook');
    await page.fill('input[name=url]', 'http://10.0.0.1/');
    await page.click('text=Make the webhook');
    await page.waitForSelector('[role=alert]');
    await page.fill('input[name=url]', world.receiver.url('/fleet'));
    await page.fill('input[name=description]', 'fleet shop');
    await page.click('text=Make the webhook');
    expect(await page.inputValue('input[name=secret]')).toMatch(/^whsec_/);
    await page.click('text=I have copied it');
    world.fail(true);
    await page.click(`text=${world.receiver.url('/fleet')}`);
    await page.click('text=Send a ping');
    await page.waitForSelector('.badge:text-is("Failed")');
    world.fail(false);
    await world.register('6666KKK');
    await page.click('button[aria-label="Look again"]');
    await page.waitForSelector('.badge:text-is("Delivered")');
    await page.click('text=webhook.ping');
    await page.waitForSelector('text=out of order');
    expect(await desk.barriers()).toEqual([]);
    await desk.picture('delivery-light');
    const before = world.receiver.received.length;
    await page.click('dialog >> text=Send again');
    await page.waitForSelector('text=It is sent again.');
    await expect.poll(() => world.receiver.received.length, { timeout: 15_000 }).toBeGreaterThan(before);
    await page.waitForSelector('dialog .badge:text-is("HTTP 204")');
    await page.keyboard.press('Escape');
    await page.selectOption('select', 'failed');
    await page.waitForSelector('text=No deliveries');
    await page.selectOption('select', '');
    await page.waitForSelector('text=tracker.registered');
    const place = new URL(page.url()).hash.slice(2);
    await lookAt('webhook', place, 'text=tracker.registered');
  });

  test('a frame in quarantine is looked at and tried again, then all that are left', async () => {
    const { page } = await open('quarantine?protocol=lines');
    const row = '.quarantine-open';
    await page.waitForSelector(`${row} >> nth=2`);
    await lookAt('quarantine', 'quarantine', row);
    await page.locator(row).first().click();
    await page.waitForSelector('.hex-dump:has-text("poison")');
    await page.click('text=Try it again');
    await page.waitForSelector('text=It stays in quarantine');
    expect(await desk.barriers()).toEqual([]);
    await desk.picture('quarantine-frame-light');
    world.mend();
    await page.click('text=Try it again');
    await page.waitForSelector('text=Stored: 1 new.');
    await page.keyboard.press('Escape');
    await page.click('text=Try all 2 again');
    await page.waitForSelector('text=2 stored, 0 were stored before, 0 stay in quarantine.');
    await page.keyboard.press('Escape');
    await page.waitForSelector('text=Nothing in quarantine is like that.');
    await page.selectOption('select >> nth=1', 'retried');
    await page.waitForSelector(`${row} >> nth=2`);
  });

  test('the gateway shows what flows, where every frame went, and who is a stranger', async () => {
    const { page } = await open('gateway');
    await page.waitForSelector('.gateway-ledger');
    await page.waitForSelector('text=balances');
    await page.waitForSelector('.spark-line');
    await page.waitForSelector('text=359632104952350');
    const numbers = await page.locator('.gateway-ledger tbody tr:has-text("teltonika") .is-number').allInnerTexts();
    const [received = 0, ...columns] = numbers.map((text) => Number(text.replaceAll(/\D/g, '')));
    expect(received).toBeGreaterThan(0);
    expect(columns.reduce((sum, each) => sum + each, 0)).toBe(received);
    await lookAt('gateway', 'gateway', '.spark-line');
  });

  test('whom the provider knows signs in there, sees what the rules allow, and signs out', async () => {
    desk = await Desk.open(browser, world.origin);
    const { page } = desk;
    await desk.go('');
    await page.waitForSelector('text=Sign in with Acme');
    expect(await desk.barriers()).toEqual([]);
    await desk.picture('sign-in-provider-light');
    const at = `${world.provider.issuer}/`;
    await page.click('text=Sign in with Acme');
    await page.waitForURL(`${at}**`);
    await page.fill('input[name=login]', 'otto');
    await page.fill('input[name=password]', 'x');
    await page.click('button[type=submit]');
    await page.click('button[type=submit]');
    await page.waitForSelector('h1:text-is("Gateway")');
    await page.waitForSelector('text=otto@host.example');
    expect(await page.locator('nav >> text=Trackers').count()).toBe(0);
    await page.click('button[aria-label="Sign out"]');
    await page.waitForSelector('text=Sign in with Acme');
    await page.reload();
    await page.waitForSelector('text=Sign in with Acme');
    // Whom no rule knows is told so.
    await desk.context.clearCookies();
    await page.click('text=Sign in with Acme');
    await page.fill('input[name=login]', 'zoe');
    await page.fill('input[name=password]', 'x');
    await page.click('button[type=submit]');
    await page.click('button[type=submit]');
    await page.waitForSelector('text=nobody here');
    // The provider's own pages ask and complain of what they want.
    desk.complaints.splice(0);
  });
});
