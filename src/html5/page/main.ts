/** Starts the page. */
import { openDatabase } from './database.ts';
import { Memory } from './memory.ts';
import { Page } from './page.ts';
import { Queue } from './queue.ts';
import { AT_FIRST } from './state.ts';
import { View } from './view.ts';

let page: Page | null = null;
const view = new View({
  start: () => void page?.start(),
  stop: () => void page?.stop(),
  again: () => page?.again(),
  takeOver: () => page?.takeOver(),
  dismiss: () => page?.dismiss(),
  paste: (text) => {
    const link = linkIn(text);
    if (link === null) view.refusePaste();
    else void page?.use(link);
  },
});
view.show(AT_FIRST);
await begin();

function refuse(phase: 'insecure' | 'unsupported' | 'storage-refused'): void {
  view.show({ ...AT_FIRST, phase });
}

async function begin(): Promise<void> {
  if (!globalThis.isSecureContext) return refuse('insecure');
  if (!('geolocation' in navigator && 'locks' in navigator && 'timeout' in AbortSignal)) return refuse('unsupported');
  // Without it the page works all the same, only not from a home screen without network.
  navigator.serviceWorker?.register('./sw.ts', { scope: './' }).catch(() => undefined);
  let database: IDBDatabase;
  try {
    database = await openDatabase();
  } catch {
    return refuse('storage-refused');
  }
  page = new Page(new Memory(database), new Queue(database), linkIn(location.hash), (state) => view.show(state));
  await page.open();
}

/** The token of a link: all of the text, or what stands behind its `#`; `null` where there is none. */
function linkIn(text: string): string | null {
  return /^(?:[^#\s]*#)?([\w-]{20,200})$/.exec(text.trim())?.[1] ?? null;
}
