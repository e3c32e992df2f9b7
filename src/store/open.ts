import type { Store } from './store.ts';
import { openSqliteStore } from './sqlite/store.ts';

/** Which store, and where. */
export interface StoreSettings {
  kind: 'sqlite';
  path: string;
}

/** Opens the store that the configuration names. Fails with `store_io` or `store_schema`. */
export function openStore({ path }: StoreSettings): Store {
  return openSqliteStore(path);
}
