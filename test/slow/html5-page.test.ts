/** The tracker page in a real browser at the size of a phone, against a whole gateway with its engine. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { haveChromium, Phone, startBrowser, type PhoneOptions } from '../support/phone.ts';
import { RunningGateway } from '../support/running-gateway.ts';
import { until } from '../support/waiting.ts';

let gateway: RunningGateway;
let browser: Browser;
let origin: string;
let phone: Phone;
let trackers = 0;

beforeAll(async () => {
  if (!haveChromium) return;
  gateway = await RunningGateway.start({ clickhouse: { batchAgeMs: 50 } });
  browser = await startBrowser();
  origin = `http://127.0.0.1:${gateway.gateway.apiPort}`;
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await gateway?.remove();
});
afterEach(async () => {
  const { complaints } = phone;
  await phone.close();
  // Whatever a test was about: nothing was said on the console, and nobody but the gateway was asked.
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
});

interface Made {
  oid: string;
  name: string;
  url: string;
}

/** Registers a tracker, which waits for data then, and makes a link for it. */
async function aTracker(): Promise<Made> {
  const name = `van ${++trackers}`;
  const body = { tracker_id: name, provider: 'html5', type: 'oem' };
  const { oid } = (await gateway.ask('POST', '/v1/trackers/register', body)).body as { oid: string };
  await gateway.ask('POST', '/v1/trackers/validate', { tracker_id: name, provider: 'html5' });
  await until('it is validated', async () => (await statusOf(oid)) === 'pending_for_data');
  return { oid, name, url: await aLink(oid) };
}

async function aLink(oid: string): Promise<string> {
  return ((await gateway.ask('POST', `/v1/trackers/${oid}/html5-links`, {})).body as { url: string }).url;
}

async function statusOf(oid: string): Promise<string> {
  return ((await gateway.ask('GET', `/v1/trackers/${oid}`)).body as { validation_status: string }).validation_status;
}

/** Numbers of the fixes that are stored for a tracker, in order, each as often as it is there. */
async function storedOf(name: string): Promise<number[]> {
  await gateway.stored();
  const rows = await gateway.rows<{ seq: number }>(
    `SELECT signals['device.sequence.value'] AS seq FROM odograph.messages FINAL
     WHERE ident = '${name}' ORDER BY seq`,
  );
  return rows.map(({ seq }) => seq);
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

async function aPhone(options?: PhoneOptions): Promise<Phone> {
  phone = await Phone.open(browser, origin, options);
  return phone;
}

/** A phone that has opened a link and pressed Start. */
async function aDriver(options?: PhoneOptions): Promise<Made> {
  const made = await aTracker();
  await aPhone(options);
  await phone.page.goto(made.url);
  await phone.shows('ready');
  await phone.page.click('#start');
  return made;
}

describe.skipIf(!haveChromium)('the tracker page (skipped without chromium)', () => {
  test('500 m make the tracker connected, through a cut of the network, a lost answer and a reload, and every fix lands once', async () => {
    const { oid, name } = await aDriver();
    await phone.shows('tracking');
    expect(await phone.page.textContent('#tracker')).toBe(`Tracker: ${name}`);
    // What leaves the address is no link any more.
    expect(phone.page.url()).toBe(`${origin}/track/`);
    await phone.drive(150);
    // The gateway has it, the page does not hear so: it sends it again.
    let lost = 0;
    await phone.context.route('**/push/**', async (route) => {
      if (lost++ > 0) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await phone.drive(60);
    await until('an answer is lost', () => lost > 1);
    await phone.picture('tracking');
    await phone.context.setOffline(true);
    await phone.shows('offline');
    await phone.drive(180);
    expect(await phone.number('waiting')).toBeGreaterThan(3);
    await phone.picture('offline');
    const before = await phone.number('taken');
    // Without network, in mid-drive: the page comes from the phone, and goes on by itself.
    await phone.page.reload();
    // The position it gets first is the one it has: that is not taken twice.
    await phone.shows('offline');
    await phone.drive(60);
    await phone.context.setOffline(false);
    await phone.drive(150);
    await phone.shows('connected', phone.page, 30_000);
    await phone.sent();
    expect(await statusOf(oid)).toBe('connected');
    const taken = before + (await phone.number('taken'));
    await phone.picture('connected');
    expect(taken).toBeGreaterThan(18);
    expect(await storedOf(name)).toEqual(upTo(taken));
    const why = (await gateway.ask('GET', `/v1/trackers/${oid}/transitions`)).body as { items: { cause: string }[] };
    expect(why.items.at(-1)?.cause).toMatch(/^drove .*500 m needed/);
  }, 180_000);

  test('a slow network only takes longer', async () => {
    const { name } = await aDriver();
    await phone.shows('tracking');
    const network = await phone.devtools();
    await network.send('Network.enable');
    const slow = { offline: false, latency: 2_000, downloadThroughput: 4_000, uploadThroughput: 2_000 };
    await network.send('Network.emulateNetworkConditions', slow);
    await phone.drive(240);
    await phone.sent();
    const taken = await phone.number('taken');
    expect(taken).toBeGreaterThan(8);
    expect(await storedOf(name)).toEqual(upTo(taken));
    await phone.shows('tracking');
  }, 120_000);

  test('a gateway that takes nothing is told, and gets everything later', async () => {
    const { name } = await aDriver();
    await phone.shows('tracking');
    await phone.context.route('**/push/**', (route) =>
      route.fulfill({ status: 503, body: '{}', headers: { 'retry-after': '1' } }),
    );
    await phone.drive(120);
    await phone.page.waitForSelector('text=takes nothing at the moment');
    expect(await phone.number('waiting')).toBeGreaterThan(2);
    await phone.picture('busy');
    await phone.context.unroute('**/push/**');
    await phone.sent();
    expect(await storedOf(name)).toEqual(upTo(await phone.number('taken')));
  }, 120_000);

  test('where the position is blocked the page says how to allow it, and goes on when it is', async () => {
    const { name } = await aDriver({ location: 'denied' });
    await phone.shows('denied');
    await phone.picture('denied');
    expect(await phone.barriers()).toEqual([]);
    await phone.context.grantPermissions(['geolocation'], { origin });
    // Chromium tells of the change; a browser that does not has the button.
    if (await phone.page.isVisible('#again')) await phone.page.click('#again').catch(() => undefined);
    await phone.shows('tracking');
    await phone.sent();
    expect((await storedOf(name)).length).toBeGreaterThan(0);
  });

  test('the page says while the browser asks, and while the phone has no position', async () => {
    const { url } = await aTracker();
    await aPhone();
    await phone.page.addInitScript(OPEN_QUESTION);
    await phone.page.goto(url);
    await phone.page.click('#start');
    await phone.shows('asking');
    await phone.picture('asking');
    expect(await phone.barriers()).toEqual([]);
    await phone.page.evaluate('allow()');
    await phone.shows('tracking');
    await phone.context.setGeolocation(null);
    await phone.shows('unavailable');
    await phone.picture('unavailable');
    await phone.drive(30);
    await phone.shows('tracking');
  });

  test('of two tabs one takes positions, the other waits for it to be closed, or takes over', async () => {
    const { name } = await aDriver();
    await phone.shows('tracking');
    const second = await phone.tab();
    await second.goto(`${origin}/track/`);
    await phone.shows('other-tab', second);
    await phone.picture('other-tab', second);
    await phone.drive(90);
    expect(await second.isVisible('#facts')).toBe(false);
    await second.click('#take-over');
    await phone.shows('tracking', second);
    await phone.shows('other-tab', phone.page);
    await phone.drive(60);
    await second.close();
    await phone.shows('tracking', phone.page);
    await phone.drive(60);
    await phone.sent();
    const stored = await storedOf(name);
    expect(stored.length).toBeGreaterThan(6);
    // No number is missing, and none is there twice: the tabs share one queue.
    expect(stored).toEqual(upTo(stored.length));
    // Had both taken them, two rows would be of one moment.
    const [times] = await gateway.rows<{ different: string }>(
      `SELECT uniqExact(device_time) AS different FROM odograph.messages FINAL WHERE ident = '${name}'`,
    );
    expect(Number(times?.different)).toBe(stored.length);
  }, 120_000);

  test('a link works once, and says so to whoever opens it again', async () => {
    const { url } = await aDriver();
    await phone.shows('tracking');
    await phone.close();
    await aPhone({ colours: 'dark' });
    await phone.page.goto(url);
    await phone.page.click('#start');
    await phone.shows('link-used');
    await phone.picture('link-used');
    expect(await phone.barriers()).toEqual([]);
    await phone.page.fill('#paste', 'no link');
    await phone.page.click('#open');
    expect(await phone.page.textContent('#paste-problem')).toBe('This is no link of a tracker page.');
    await phone.page.fill('#paste', `${origin}/track/#${'x'.repeat(43)}`);
    await phone.page.click('#open');
    await phone.shows('link-unknown');
    const { url: other } = await aTracker();
    await phone.page.fill('#paste', other);
    await phone.page.click('#open');
    await phone.shows('tracking');
  });

  test('a page without a link asks for one', async () => {
    await aPhone();
    await phone.page.goto(`${origin}/track`);
    await phone.shows('no-link');
    await phone.picture('no-link');
    expect(await phone.barriers()).toEqual([]);
  });

  test('a link whose answer is lost is opened all the same', async () => {
    const { url } = await aTracker();
    await aPhone();
    let tries = 0;
    await phone.context.route('**/v1/html5/open', async (route) => {
      if (tries++ > 0) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await phone.page.goto(url);
    await phone.page.click('#start');
    await phone.shows('link-away');
    await phone.picture('link-away');
    await phone.page.reload();
    await phone.page.click('#start');
    await phone.shows('tracking');
    expect(tries).toBe(2);
  });

  test('what was taken for one tracker is sent for that one, though the phone has become another by then', async () => {
    const first = await aDriver();
    await phone.shows('tracking');
    await phone.context.route('**/push/**', (route) => route.abort());
    await phone.drive(90);
    await phone.shows('offline');
    const taken = await phone.number('taken');
    const second = await aTracker();
    await phone.page.goto(second.url);
    await phone.page.reload();
    await phone.page.click('#start');
    await phone.shows('offline');
    await phone.context.unroute('**/push/**');
    await phone.sent();
    const later = await phone.number('taken');
    expect(await storedOf(first.name)).toEqual(upTo(taken));
    expect(await storedOf(second.name)).toEqual(upTo(taken + later).slice(taken));
  }, 120_000);

  test('a fleet that ends the tracker ends the page, which says what was not handed over', async () => {
    const { oid } = await aDriver();
    await phone.shows('tracking');
    await phone.sent();
    await phone.context.setOffline(true);
    await phone.drive(60);
    await gateway.ask('POST', `/v1/trackers/${oid}/cancel`);
    await phone.context.setOffline(false);
    await phone.shows('ended');
    await phone.page.waitForSelector('text=could not be handed over');
    await phone.picture('ended');
    expect(await phone.barriers()).toEqual([]);
  });

  test('the page says for how long it was not in front, and that nothing was taken', async () => {
    await aDriver({ wakeLock: false });
    await phone.shows('tracking');
    await phone.page.waitForSelector('text=lets the screen lock');
    await screen(phone.page, 'hidden');
    await phone.page.waitForTimeout(3_500);
    await screen(phone.page, 'visible');
    const words = await phone.page.textContent('#away-text');
    expect(words).toMatch(
      /^The screen was locked or another app was in front for \d s\. No positions were taken in that time\.$/,
    );
    await phone.picture('away');
    expect(await phone.barriers()).toEqual([]);
    await phone.page.click('#dismiss');
    expect(await phone.page.isVisible('#away')).toBe(false);
  });

  test('a page that was closed while it was running says so when it is opened again, and goes on', async () => {
    const { name } = await aDriver();
    await phone.shows('tracking');
    await phone.page.waitForTimeout(6_000);
    await phone.page.close();
    const again = await phone.tab();
    // An hour passes.
    await again.addInitScript('const now = Date.now.bind(Date); Date.now = () => now() + 3_600_000;');
    await again.goto(`${origin}/track/`);
    await phone.shows('tracking', again);
    expect(await again.textContent('#away-text')).toMatch(/^This page was closed or stood still for 1 h/);
    await phone.sent(again);
    expect((await storedOf(name)).length).toBeGreaterThan(1);
  });

  test('the driver stops it, and starts it again', async () => {
    await aDriver();
    await phone.shows('tracking');
    await phone.page.click('#stop');
    await phone.shows('stopped');
    const taken = await phone.number('taken');
    await phone.drive(60);
    expect(await phone.number('taken')).toBe(taken);
    await phone.page.reload();
    await phone.shows('stopped');
    await phone.picture('stopped');
    await phone.page.click('#start');
    await phone.shows('tracking');
  });

  test('a browser that keeps nothing is told apart, and so is an address that is not secure', async () => {
    const { url } = await aTracker();
    await aPhone();
    await phone.page.addInitScript("indexedDB.open = () => { throw new DOMException('refused', 'SecurityError'); }");
    await phone.page.goto(url);
    await phone.shows('storage-refused');
    await phone.picture('storage-refused');
    await phone.close();
    const named = origin.replace('127.0.0.1', 'fleet.test');
    phone = await Phone.open(browser, named, { location: 'ask' });
    await phone.page.goto(`${named}/track/`);
    await phone.shows('insecure');
    await phone.picture('insecure');
    expect(await phone.page.textContent('#words')).toContain('https');
  });

  test.each(['light', 'dark'] as const)('nobody is shut out, in %s colours', async (colours) => {
    const { url } = await aTracker();
    await aPhone({ colours });
    await phone.page.goto(url);
    await phone.shows('ready');
    await phone.picture(`ready-${colours}`);
    expect(await phone.barriers()).toEqual([]);
    await phone.page.click('#start');
    await phone.shows('tracking');
    await phone.drive(90);
    await phone.page.waitForSelector('#way:not([hidden])');
    await phone.page.waitForSelector('text=The screen stays on');
    await phone.picture(`tracking-${colours}`);
    expect(await phone.barriers()).toEqual([]);
    // Twice as large letters, as the settings of a phone make them: nothing is cut off.
    await phone.page.evaluate("document.documentElement.style.fontSize = '200%'");
    const root = 'document.documentElement';
    const isWider = await phone.page.evaluate(`${root}.scrollWidth > ${root}.clientWidth`);
    expect(isWider).toBe(false);
    await phone.page.keyboard.press('Tab');
    expect(await phone.page.evaluate('document.activeElement.id')).toBe('stop');
  });

  test('it can be installed, and opens without network', async () => {
    await aPhone();
    await phone.page.goto(`${origin}/track/`);
    await phone.page.evaluate('navigator.serviceWorker.ready.then(() => true)');
    const devtools = await phone.devtools();
    const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
    // A window of a test remembers nothing, and so nothing can be installed from it.
    expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
    const { data, errors } = await devtools.send('Page.getAppManifest');
    expect(errors).toEqual([]);
    const manifest = JSON.parse(data ?? '') as { icons: { src: string; sizes: string; type: string }[] };
    for (const { src, sizes, type } of manifest.icons.filter((icon) => icon.type === 'image/png')) {
      const bytes = Buffer.from(await (await fetch(`${origin}/track/${src}`)).arrayBuffer());
      expect([src, `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, type]).toEqual([src, sizes, 'image/png']);
    }
    await phone.context.setOffline(true);
    await phone.page.reload();
    await phone.shows('no-link');
    expect(await phone.page.evaluate('getComputedStyle(document.body).display')).toBe('flex');
  });
});

/** A browser without screen answers the question for the position at once; this one leaves it open until `allow()`. */
const OPEN_QUESTION = `
  const watch = navigator.geolocation.watchPosition.bind(navigator.geolocation);
  navigator.geolocation.watchPosition = (...given) => { globalThis.allow = () => void watch(...given); return 1; };
  navigator.permissions.query = async () => Object.assign(new EventTarget(), { state: 'prompt' });
`;

/** Has the page believe that it is not in front, or is again: a browser without screen always is. */
async function screen(page: Page, state: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate(
    `Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
     document.dispatchEvent(new Event('visibilitychange'));`,
  );
}
