import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { chromium, type Browser, type BrowserContext, type CDPSession, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** Whether Debian's browser is there. */
export const haveChromium = existsSync(CHROMIUM);

/** Where pictures of what was seen are put, for a person to look at. */
const PICTURES = join(import.meta.dirname, '../../.tmp/html5');

/** A road that runs north from here, its metres measured on the meridian. */
const START = { latitude: 41.4, longitude: 2.17 };
const DEGREE_M = 111_195;

/** Starts the browser. `fleet.test` leads to this machine, and is not the machine itself: no address that browsers hold to be safe. */
export function startBrowser(): Promise<Browser> {
  const args = ['--no-sandbox', '--host-resolver-rules=MAP fleet.test 127.0.0.1'];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

interface Findings {
  violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
}

/** How a phone is set up. */
export interface PhoneOptions {
  /** May pages know where it is? `ask` leaves the question open. */
  location?: 'granted' | 'denied' | 'ask';
  colours?: 'light' | 'dark';
  /** Keeps the screen on for pages that ask. */
  wakeLock?: boolean;
}

/** A browser of the size of a phone, with a place that moves. */
export class Phone {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page complained of, and whom else it asked. */
  readonly complaints: string[] = [];
  readonly #origin: string;
  #metres = 0;

  private constructor(context: BrowserContext, page: Page, origin: string) {
    this.context = context;
    this.page = page;
    this.#origin = origin;
    this.#listen(page);
  }

  static async open(browser: Browser, origin: string, options: PhoneOptions = {}): Promise<Phone> {
    const { location = 'granted', colours = 'light', wakeLock = true } = options;
    const context = await browser.newContext({
      viewport: { width: 390, height: 844 },
      deviceScaleFactor: 1,
      isMobile: true,
      hasTouch: true,
      colorScheme: colours,
      geolocation: { ...START, accuracy: 8 },
    });
    const granted = [...(location === 'granted' ? ['geolocation'] : []), ...(wakeLock ? ['screen-wake-lock'] : [])];
    if (location !== 'ask') await context.grantPermissions(granted, { origin });
    const phone = new Phone(context, await context.newPage(), origin);
    return phone;
  }

  /** Opens another tab. */
  async tab(): Promise<Page> {
    const page = await this.context.newPage();
    this.#listen(page);
    return page;
  }

  /** Asks Chromium itself. */
  devtools(page = this.page): Promise<CDPSession> {
    return this.context.newCDPSession(page);
  }

  /** Drives so far, in steps that a car makes. */
  async drive(metres: number): Promise<void> {
    const end = this.#metres + metres;
    while (this.#metres < end) {
      this.#metres = Math.min(end, this.#metres + STEP_M);
      await this.context.setGeolocation({ ...START, latitude: START.latitude + this.#metres / DEGREE_M, accuracy: 8 });
      await this.page.waitForTimeout(STEP_MS);
    }
  }

  /** Waits until the page shows this. */
  async shows(state: string, page = this.page, withinMs = 15_000): Promise<void> {
    await page.waitForSelector(`body[data-state="${state}"]`, { timeout: withinMs });
  }

  async number(id: string): Promise<number> {
    return Number(await this.page.textContent(`#${id}`));
  }

  /** Waits until nothing waits to be sent. */
  async sent(page = this.page): Promise<void> {
    await page.waitForSelector('#waiting:text-is("0")', { state: 'attached', timeout: 60_000 });
  }

  /** Takes a picture for a person to look at. */
  async picture(name: string, page = this.page): Promise<void> {
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  }

  /** What axe finds wrong with the page as it stands, at the levels A and AA. */
  async barriers(page = this.page): Promise<string[]> {
    return barriersOf(page);
  }

  close(): Promise<void> {
    return this.context.close();
  }

  #listen(page: Page): void {
    listenTo(page, this.#origin, this.complaints);
  }
}

/** Writes down what a page complains of, and whom it asks besides its gateway. */
export function listenTo(page: Page, origin: string, complaints: string[]): void {
  page.on('console', (message) => {
    // The browser itself says so of every request that gets no answer.
    // So it does of pictures that are taken of a map, where a processor does what a graphics card would.
    const isOwn = !/^Failed to load resource|GL Driver Message .*ReadPixels/.test(message.text());
    if (isOwn && ['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) complaints.push(`asks ${request.url()}`);
  });
}

/** What axe finds wrong with a page as it stands, at the levels A and AA. */
export async function barriersOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const levels = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const found = await page.evaluate<Findings>(`axe.run(document, { runOnly: ${JSON.stringify(levels)} })`);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

/** 180 km/h: no test waits longer than it must, and no step is held to be a jump. */
const STEP_M = 30;
const STEP_MS = 600;
