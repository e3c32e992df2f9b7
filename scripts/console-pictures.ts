/**
 * Takes the pictures of docs/console.md: `npm run docs:screenshots`, with Debian's Chromium. A gateway of its own, simulated clouds and a
 * fleet that drives to it over real connections give what is seen. Names that are given take only those pictures.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { toHex } from '#wire/hex';
import { encodeFrame, encodeLogin, type EncodedIo } from '../protocols/teltonika/encode.ts';
import { odograph } from '../src/cli/cli-fixture.ts';
import { makeFleet } from '../src/simulate/fleet.ts';
import { SIMULATED_ACCOUNTS } from '../src/simulate/clouds/accounts.ts';
import { cloudSettings, startClouds } from '../src/simulate/clouds/simulated-clouds.ts';
import { Desk } from '../test/support/desk.ts';
import { startBrowser } from '../test/support/phone.ts';
import { PlainClient } from '../test/support/plain-client.ts';
import { RunningGateway } from '../test/support/running-gateway.ts';
import { buildConsole } from './console.ts';

const FOLDER = join(import.meta.dirname, '../docs/images/console');
const VEHICLES = 36;
const KNOWN_PLATE = SIMULATED_ACCOUNTS.cartrack.vehicle;
const MINUTES = 12;
const QUALITY = 82;

const MODELS = [
  'Seat Leon',
  'Renault Clio',
  'Peugeot 208',
  'Ford Transit',
  'Volkswagen Caddy',
  'Citroën Berlingo',
  'Opel Corsa',
];
const LETTERS = 'BCDFGHJKLM';

/** What is shown, and what is done before the picture is taken. */
interface Shot {
  name: string;
  /** It is what somebody sees who has not signed in. */
  isForStrangers?: boolean;
  place: string;
  ready: string;
  act?: (desk: Desk) => Promise<void>;
}

const LIST = `provider,tracker_id,type,license_plate,make,model,depot
astrata,359632104952350,obd,6666 KKK,Honda,Civic,north
targa,WF0AXXWPMAJB43745,canbus,1234 KLM,Ford,Transit,north
mercedes-benz,W1KZF8DB0MA000042,oem,4321 LMN,Mercedes-Benz,C 220,south
astrata,359632104952351,obd,8080 BCD,Seat,Ibiza,south
html5,van 7,oem,7777 BCD,,,south
`;

interface Registration {
  tracker_id: string;
  provider: string;
  type: string;
  vehicle_type?: string;
  foreign_tracker_id?: string;
  object_id?: object;
}

async function register(gateway: RunningGateway, body: Registration, validated = true): Promise<string> {
  const { status, body: answer } = await gateway.ask('POST', '/v1/trackers/register', body);
  if (status !== 201) throw new Error(JSON.stringify(answer));
  const { oid } = answer as { oid: string };
  const { tracker_id: id, provider } = body;
  if (validated) await gateway.ask('POST', '/v1/trackers/validate', { tracker_id: id, provider });
  return oid;
}

/** Vehicles in every state that people meet; gives those that pictures are taken of. */
async function fill(gateway: RunningGateway): Promise<{ driving: string; wrong: string }> {
  const account = { provider: 'cartrack', credentials: { username: 'SIMU00001', token: 'simulated-token' } };
  await gateway.ask('POST', '/v1/credentials/register', account);
  const fleet = makeFleet({
    host: '127.0.0.1',
    port: gateway.port(),
    vehicles: VEHICLES,
    seed: 1,
    startsAt: Date.now(),
    recordEveryMs: 5_000,
  });
  let driving = '';
  let wrong = '';
  for (const [i, { registration }] of fleet.entries()) {
    // The simulated Cartrack knows one plate: of the others, two are enough.
    const isUnknown = registration.provider === 'cartrack' && registration.trackerId !== KNOWN_PLATE;
    if (isUnknown && i > 9) continue;
    const [make = '', ...model] = (MODELS[i % MODELS.length] ?? '').split(' ');
    const plate = `${4_000 + i * 137} KL${LETTERS[i % LETTERS.length]}`;
    const { trackerId, provider, type, foreignTrackerId, objectId } = registration;
    const body = {
      tracker_id: trackerId,
      provider,
      type,
      vehicle_type: make === 'Ford' ? 'van' : 'car',
      ...(foreignTrackerId === undefined || foreignTrackerId === null ? {} : { foreign_tracker_id: foreignTrackerId }),
      object_id: { ...objectId, license_plate: plate, make, model: model.join(' ') },
    };
    const oid = await register(gateway, body);
    if (i === 1) driving = oid;
    if (isUnknown) wrong = oid;
  }
  const drive = ['--port', String(gateway.port()), '--minutes', String(MINUTES), '--speed', '100000', '--seed', '1'];
  await odograph('simulate', ...drive, '--vehicles', String(VEHICLES));
  await register(gateway, { tracker_id: 'VF3LCYHZPJS000042', provider: 'stellantis', type: 'oem' });
  for (const i of [1, 2, 3, 4]) {
    await register(gateway, { tracker_id: `van ${i}`, provider: 'html5', type: 'oem', vehicle_type: 'van' }, i > 1);
  }
  return { driving, wrong };
}

/** What whoever runs the gateway sees: frames that no checksum fits, keys, and a webhook. */
async function trouble(gateway: RunningGateway): Promise<void> {
  const box = await PlainClient.connect(gateway.port());
  const fix = { lat: 40.4, lon: -3.69, valid: true, altitudeM: 650, speedKmh: 40, courseDeg: 0, satellites: 11 };
  const frame = Buffer.from(encodeFrame({ codec: '8', records: [{ deviceTime: Date.now(), fix, io: [] }] }));
  frame.writeUInt8((frame.at(-1) ?? 0) ^ 0xff, frame.length - 1);
  // The third time it is taken in, so that what is behind it gets through.
  box.say(encodeLogin('356307042441013'), frame, frame, frame);
  for (const [name, role] of [
    ['fleet shop', 'admin'],
    ['nightly export', 'read'],
  ]) {
    await gateway.ask('POST', '/v1/api-keys', { name, role, expires_in_days: 365 });
  }
  const events = { types: ['tracker.status_changed'], statuses: ['connected', 'error_data'] };
  await gateway.ask('POST', '/v1/webhooks', { url: 'https://fleet.example/odograph', description: 'fleet shop', events });
  await gateway.ask('POST', '/v1/webhooks', { url: 'https://alerts.example/hooks/7', description: 'on call' });
}

function shotsOf({ driving, wrong }: { driving: string; wrong: string }): Shot[] {
  return [
    { name: 'sign-in', place: '', ready: 'form', isForStrangers: true },
    { name: 'trackers', place: 'trackers', ready: '.trackers-name a' },
    { name: 'register', place: 'register', ready: '[data-provider]' },
    {
      name: 'register-tracker',
      place: 'register',
      ready: '[data-provider]',
      act: async ({ page }) => {
        await page.click('[data-provider="mercedes-benz"]');
        await page.fill('[name=tracker-id]', 'W1KZF8DB0MA000042');
        await page.fill('[name=odometer]', '48210');
        await page.waitForSelector('.account');
      },
    },
    { name: 'progress', place: `register/${wrong}`, ready: '.standing' },
    {
      name: 'import',
      place: 'import',
      ready: 'input[type=file]',
      act: async ({ page }) => {
        await page.setInputFiles('input[type=file]', { name: 'fleet.csv', mimeType: 'text/csv', buffer: Buffer.from(LIST) });
        await page.waitForSelector('.import-grid .badge');
      },
    },
    { name: 'tracker', place: `tracker/${driving}`, ready: '.map[data-state=drawn]' },
    { name: 'frames', place: `frames?hex=${toHex(aFrame())}&protocol=teltonika`, ready: '.hex-run' },
    { name: 'gateway', place: 'gateway', ready: '.gateway-ledger' },
    { name: 'quarantine', place: 'quarantine', ready: '.quarantine-row' },
    { name: 'keys', place: 'keys', ready: 'h1' },
    { name: 'webhooks', place: 'webhooks', ready: 'h1' },
  ];
}

/** A frame with the values a vehicle sends, to be taken apart. */
function aFrame(): Uint8Array {
  const fix = { lat: 41.39864, lon: 2.1431, valid: true, altitudeM: 38, speedKmh: 62, courseDeg: 118, satellites: 14 };
  const io: EncodedIo[] = [
    [239, 1, 1],
    [21, 1, 4],
    [66, 2, 13_820],
    [16, 4, 48_210_345],
  ];
  return encodeFrame({ codec: '8', records: [{ deviceTime: Date.UTC(2026, 10, 26, 7, 0, 0), fix, io }] });
}

/** Maps and plots are drawn after the page says that it is there, ms. */
const SETTLE_MS = 1_500;

async function take(browser: Browser, origin: string, key: string, shots: readonly Shot[]): Promise<void> {
  for (const size of ['desktop', 'phone'] as const) {
    for (const colours of ['light', 'dark'] as const) {
      for (const signedIn of [false, true]) {
        const desk = await Desk.open(browser, origin, { size, colours, ...(signedIn ? { key } : {}) });
        const devtools = await desk.context.newCDPSession(desk.page);
        for (const { name, place, ready, act, isForStrangers = false } of shots) {
          if (isForStrangers === signedIn) continue;
          await desk.go(place);
          await desk.page.waitForSelector(ready);
          await act?.(desk);
          await desk.page.waitForTimeout(SETTLE_MS);
          const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
          writeFileSync(join(FOLDER, `${name}-${size}-${colours}.webp`), Buffer.from(data, 'base64'));
        }
        await desk.close();
      }
    }
  }
}

await buildConsole();
mkdirSync(FOLDER, { recursive: true });
const clouds = await startClouds(0);
const gateway = await RunningGateway.start({
  ...cloudSettings(clouds.url, 'http://127.0.0.1'),
  clickhouse: { batchAgeMs: 50 },
});
const browser = await startBrowser();
try {
  const seen = await fill(gateway);
  await trouble(gateway);
  await gateway.stored();
  const wanted = process.argv.slice(2);
  const shots = shotsOf(seen).filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  await take(browser, `http://127.0.0.1:${gateway.gateway.apiPort}`, gateway.gateway.firstKey?.secret ?? '', shots);
} finally {
  await browser.close();
  await gateway.remove();
  await clouds.close();
}
console.log(`wrote the pictures to ${FOLDER}`);
