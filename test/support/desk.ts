/** The console in a browser on a desk, or on a phone, with what it complains of. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { barriersOf, listenTo } from './phone.ts';

const PICTURES = join(import.meta.dirname, '../../.tmp/console');

export interface DeskOptions {
  colours?: 'light' | 'dark';
  size?: 'desktop' | 'phone';
  /** Signs in with it at once. */
  key?: string;
}

const SIZES = {
  desktop: { viewport: { width: 1_280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
} as const;

export class Desk {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints: string[] = [];
  readonly #origin: string;

  private constructor(context: BrowserContext, page: Page, origin: string) {
    this.context = context;
    this.page = page;
    this.#origin = origin;
    listenTo(page, origin, this.complaints);
  }

  static async open(browser: Browser, origin: string, options: DeskOptions = {}): Promise<Desk> {
    const { colours = 'light', size = 'desktop', key } = options;
    const context = await browser.newContext({ ...SIZES[size], deviceScaleFactor: 1, colorScheme: colours });
    const desk = new Desk(context, await context.newPage(), origin);
    if (key !== undefined) await signInWith(context, origin, key);
    return desk;
  }

  /** Goes to a place of the console, such as `trackers?category=error`. */
  async go(place: string): Promise<void> {
    const url = `${this.#origin}/console/#/${place}`;
    // Where it is already, a browser would stay, and the page be in the middle of something.
    if (this.page.url() === url) await this.page.reload();
    else await this.page.goto(url);
  }

  /** Takes a picture for a person to look at. */
  async picture(name: string): Promise<void> {
    mkdirSync(PICTURES, { recursive: true });
    await this.page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }

  barriers(): Promise<string[]> {
    return barriersOf(this.page);
  }

  /** Closes it, and fails where the console complained of anything, or asked anybody but its gateway. */
  async close(): Promise<void> {
    await this.context.close();
    if (this.complaints.length > 0) throw new Error(this.complaints.join('\n'));
  }
}

/** Gives a browser the session that its sign-in page would get for a key. */
async function signInWith(context: BrowserContext, origin: string, key: string): Promise<void> {
  const answer = await context.request.post(`${origin}/console/session`, {
    data: { key },
    headers: { 'x-odograph-console': '1' },
  });
  if (answer.status() !== 201) throw new Error(`the key opens no session: ${await answer.text()}`);
}
