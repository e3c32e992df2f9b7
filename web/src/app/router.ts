/**
 * Where the console is, kept in the fragment of the address: `#/trackers/OID?tab=map`. A fragment never leaves the browser, so that
 * what is looked for and looked at stands in no log of a proxy, and the gateway may stand below any path.
 */
import { computed, signal } from '@preact/signals';

/** A place: the words of its path, and what follows `?`. */
export interface Place {
  path: readonly string[];
  query: URLSearchParams;
}

/** Reads a fragment, with or without `#`. */
export function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split(/\?(.*)/s);
  return {
    path: path
      .split('/')
      .filter((word) => word !== '')
      .map(decoded),
    query: new URLSearchParams(query),
  };
}

/** The address of a place, for links. */
export function hrefOf(path: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '');
  const search = new URLSearchParams(given).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`;
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

const hash = signal(location.hash);
addEventListener('hashchange', () => (hash.value = location.hash));

/** The present place. */
export const place = computed(() => placeOf(hash.value));

/** Goes to a place; `replace` leaves no trace in the history, for what changes with every key. */
export function go(href: string, { replace = false }: { replace?: boolean } = {}): void {
  if (replace) history.replaceState(history.state, '', href);
  else history.pushState(null, '', href);
  hash.value = location.hash;
}
