import type { Line, LineEvents, LineSettings, OpenLine } from './line.ts';
import type { Target } from './target.ts';

/** One who posts bodies, as a cloud does; each must be answered 2xx. */
class HttpLine implements Line {
  readonly acknowledges = true;
  readonly #url: string;
  readonly #settings: LineSettings;
  readonly #events: LineEvents;

  constructor(url: string, settings: LineSettings, events: LineEvents) {
    this.#url = url;
    this.#settings = settings;
    this.#events = events;
  }

  async send(bytes: Uint8Array): Promise<void> {
    const { timeoutMs } = this.#settings;
    const isJson = bytes[0] === 0x7b || bytes[0] === 0x5b;
    const headers = { 'content-type': isJson ? 'application/json' : 'application/octet-stream', ...this.#login() };
    const response = await fetch(this.#url, {
      method: 'POST',
      headers,
      body: Buffer.from(bytes),
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.arrayBuffer();
    if (response.ok) this.#events.acknowledged();
    else this.#events.refused(`HTTP ${response.status}`);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #login(): Record<string, string> {
    const { username, password } = this.#settings;
    if (password === null) return {};
    return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  }
}

/** Posts to one address. */
export function httpLines({ url }: Target, settings: LineSettings): OpenLine {
  const address = new URL(url);
  address.username = '';
  address.password = '';
  return (_owner, events) => Promise.resolve(new HttpLine(address.href, settings, events));
}
