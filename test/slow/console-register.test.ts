/** Each of the eight providers registered through the wizard, in a real browser, until it is connected: with slips, and their mending. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildConsole } from '../../scripts/console.ts';
import { odograph } from '../../src/cli/cli-fixture.ts';
import type { CloudServer } from '../../src/simulate/clouds/cloud-server.ts';
import { cloudSettings, startClouds } from '../../src/simulate/clouds/simulated-clouds.ts';
import { Desk } from '../support/desk.ts';
import { haveChromium, startBrowser } from '../support/phone.ts';
import { RunningGateway } from '../support/running-gateway.ts';
import { until } from '../support/waiting.ts';
import { freePort } from '../../src/sink/clickhouse/embedded/endpoint.ts';

let clouds: CloudServer;
let gateway: RunningGateway;
let browser: Browser;
let desk: Desk;
let page: Page;
let origin: string;

beforeAll(async () => {
  if (!haveChromium) return;
  await buildConsole();
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  clouds = await startClouds(0);
  const settings = cloudSettings(clouds.url, origin);
  gateway = await RunningGateway.start({ ...settings, api: { port }, clickhouse: { batchAgeMs: 50 } });
  browser = await startBrowser();
  desk = await Desk.open(browser, origin, { key: gateway.gateway.firstKey?.secret ?? '' });
  ({ page } = desk);
}, 60_000);
afterAll(async () => {
  await desk?.close();
  await browser?.close();
  await gateway?.remove();
  await clouds?.close();
});

/** A picture, as far as anybody here looks at it. */
const CERTIFICATE = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

interface Wish {
  id: string;
  foreignId?: string;
  odometer?: string;
  /** The registration certificate, as its first bytes. */
  papers?: Buffer;
  account?: Readonly<Record<string, string>>;
  plate?: string;
}

/** Goes through the wizard, to the page that shows what becomes of it. */
async function register(provider: string, { id, foreignId, odometer, papers, account = {}, plate }: Wish): Promise<void> {
  await desk.go('register');
  await page.click(`[data-provider="${provider}"]`);
  await page.fill('[name=tracker-id]', id);
  if (foreignId !== undefined) await page.fill('[name=foreign-id]', foreignId);
  if (odometer !== undefined) await page.fill('[name=odometer]', odometer);
  if (papers !== undefined) {
    await page.setInputFiles('input[type=file]', { name: 'certificate.png', mimeType: 'image/png', buffer: papers });
  }
  for (const [name, value] of Object.entries(account)) await page.fill(`[name=account-${name}]`, value);
  if (Object.keys(account).length > 0) {
    await page.click('text=Keep and test the account');
    await page.waitForSelector('text=The provider accepts the account.');
  }
  await page.click('button:text-is("Next")');
  if (plate !== undefined) await page.fill('[name=plate]', plate);
  await page.click('button:text-is("Register and validate")');
  await page.waitForSelector('.standing');
}

const stands = (status: string) => page.waitForSelector(`.standing[data-status="${status}"]`, { timeout: 30_000 });
const cloudPush = async (...words: string[]) =>
  expect(await odograph('simulate-cloud', 'push', ...words)).toMatchObject({ code: 0 });

/** Makes the address that the cloud pushes to, as somebody does who has none yet; gives what a cloud is told. */
async function pushAddress(): Promise<string[]> {
  await page.click('button:text-is("Make an address")');
  const address = (await page.textContent('[data-made=address]'))?.trim() ?? '';
  const secret = (await page.textContent('[data-made=secret]'))?.trim() ?? '';
  return ['--to', address, '--bearer', secret];
}

describe.skipIf(!haveChromium)('the wizard (skipped without chromium)', () => {
  test('says while an id is typed whether it is one, and goes no further with a wrong one', async () => {
    await desk.go('register');
    expect(await desk.barriers()).toEqual([]);
    await desk.picture('register-provider');
    await page.click('[data-provider=astrata]');
    await page.fill('[name=tracker-id]', '00101001001000');
    expect(await page.locator('.field-problem').count()).toBe(0);
    await page.fill('[name=tracker-id]', '001010010010006');
    await page.waitForSelector('text=Luhn');
    await page.click('button:text-is("Next")');
    expect(await page.locator('[name=tracker-id]').getAttribute('aria-invalid')).toBe('true');
    await page.fill('[name=tracker-id]', '001010010010005');
    await page.waitForSelector('text=A valid IMEI');
    expect(await desk.barriers()).toEqual([]);
    await desk.picture('register-tracker');
  });

  test('boxes: astrata, targa, and cartrack with a slip in its plate', async () => {
    await register('astrata', { id: '001010010010005', plate: '4410 KLM' });
    await stands('pending_for_data');
    await register('targa', { id: 'VSSZZZKJZPR001001', foreignId: '001010010010013' });
    await stands('pending_for_data');
    await register('cartrack', {
      id: '1020KLM',
      foreignId: '001010010010021',
      account: { username: 'SIMU00001', token: 'simulated-token' },
    });
    await stands('wrong_tracker_id');
    await desk.picture('progress-wrong-id');
    expect(await desk.barriers()).toEqual([]);
    await page.fill('[name=tracker-id]', '1002KLM');
    await page.click('button:text-is("Correct and validate again")');
    await stands('pending_for_data');
    await desk.picture('progress-waiting');
    const drive = odograph('simulate', '--port', String(gateway.port()), '--speed', '600', '--minutes', '4');
    // The bar fills by itself.
    await stands('connected');
    expect(await drive).toMatchObject({ code: 0 });
    await page.waitForSelector('text=500 of 500 m');
    await desk.picture('progress-connected');
  }, 120_000);

  test('clouds: bmw, and mercedes-benz with another odometer than it has', async () => {
    await register('bmw', { id: 'WBA8E1100K0000042', account: { token: 'simulated-token' } });
    await stands('pending_for_data');
    await cloudPush('--provider', 'bmw', ...(await pushAddress()));
    await stands('connected');
    await register('mercedes-benz', {
      id: 'W1KZF8DB0MA000042',
      odometer: '84,210',
      papers: CERTIFICATE,
      account: { client_id: 'simulated', client_secret: 'simulated-secret' },
    });
    await stands('pending_validation');
    const oid = /register\/([\w-]+)/.exec(page.url())?.[1] ?? '';
    const kept = await fetch(`${origin}/v1/trackers/${oid}/registration-document`, {
      headers: { 'x-api-key': gateway.gateway.firstKey?.secret ?? '' },
    });
    expect([kept.headers.get('content-type'), Buffer.from(await kept.arrayBuffer())]).toEqual(['image/png', CERTIFICATE]);
    const mercedes = ['--provider', 'mercedes-benz', '--odometer', '48210', ...(await pushAddress())];
    await cloudPush(...mercedes);
    await stands('error_validating');
    expect(await page.textContent('.standing')).toMatch(/the vehicle says 482\d\d km, 84210 km were given/i);
    await desk.picture('progress-odometer');
    expect(await desk.barriers()).toEqual([]);
    await page.fill('[name=odometer]', '48210');
    await page.click('button:text-is("Correct and validate again")');
    await stands('pending_validation');
    await cloudPush(...mercedes);
    await stands('pending_for_data');
    await cloudPush(...mercedes);
    await stands('connected');
  }, 120_000);

  test('stellantis, silence, and the phone of a driver', async () => {
    const fleet = { fleet_id: 'simulated-fleet', client_id: 'simulated', username: 'MZP000042', password: 'simulated-secret' };
    await register('stellantis', { id: 'VF3LCYHZPJS000042', account: fleet });
    await stands('pending_for_data');
    await cloudPush('--provider', 'stellantis', '--cloud', clouds.url);
    await stands('connected');
    await register('silence', { id: '001010010000428', account: { token: 'simulated-token' } });
    await stands('pending_for_data');
    await cloudPush('--provider', 'silence', ...(await pushAddress()));
    await stands('connected');
    await register('html5', { id: 'van 7' });
    await stands('pending_for_data');
    await page.click('button:text-is("Make a link")');
    await page.waitForSelector('.phone-link img');
    await desk.picture('progress-phone');
    expect(await desk.barriers()).toEqual([]);
    const proof = { kind: 'path' };
    const made = await gateway.ask('POST', '/v1/push-endpoints', { name: 'van 7', protocol: 'html5', ident: 'van 7', proof });
    await cloudPush('--provider', 'html5', '--to', `${origin}${(made.body as { path: string }).path}`);
    await stands('connected');
  }, 120_000);

  test('the list shows them all connected, and leads to each with keys alone', async () => {
    await desk.go('trackers');
    await page.waitForSelector('.kind.is-connected .kind-size:text-is("8")');
    await page.waitForSelector('.trackers-name a');
    expect(await page.locator('.trackers-name a').count()).toBe(8);
    await desk.picture('trackers-connected');
    await page.keyboard.press('/');
    await page.keyboard.type('4410');
    await until('one is left', async () => (await page.locator('.trackers-name a').count()) === 1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/#\/tracker\/[\w-]+/);
  });
});
