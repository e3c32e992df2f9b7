/** Service worker: keeps the files of the page, so that it opens without network. It touches no request but those for them. */

/** Put before this file by the gateway: what the files are, and a name that changes with them. */
declare const FILES: readonly string[];
declare const VERSION: string;

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Worker {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Extendable) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
}

const worker = globalThis as unknown as Worker;
const PREFIX = 'odograph-tracker ';
const NAME = PREFIX + VERSION;
const addressOf = (file: string): string => new URL(file, worker.registration.scope).href;
const ADDRESSES = new Set(FILES.map(addressOf));

worker.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(NAME);
      await cache.addAll([...ADDRESSES].map((address) => new Request(address, { cache: 'no-cache' })));
      await worker.skipWaiting();
    })(),
  );
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== NAME) await caches.delete(name);
      await worker.clients.claim();
    })(),
  );
});

worker.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  const address = url.split('#')[0] ?? url;
  if (method !== 'GET' || !ADDRESSES.has(address)) return;
  event.respondWith(
    (async () => {
      const cache = await caches.open(NAME);
      return (await cache.match(address)) ?? fetch(event.request);
    })(),
  );
});
