import { readFileSync } from 'node:fs';
import { GatewayError } from '#errors/gateway-error';
import { RedisStore } from './redis/store.ts';
import { openSqliteStore } from './sqlite/store.ts';
import type { Store } from './store.ts';

/** Which store, and where. */
export interface StoreSettings {
  kind: 'sqlite' | 'redis';
  /** The file of SQLite. */
  path: string;
  url?: string | undefined;
  nodes?: readonly string[] | undefined;
  tls: boolean;
  caFile?: string | undefined;
  certFile?: string | undefined;
  keyFile?: string | undefined;
  username?: string | undefined;
  /** Empty for none. */
  password: string;
  namespace: string;
  timeoutMs: number;
  retryMaxMs: number;
}

/**
 * Opens the store that the configuration names. Fails with `store_io` or `store_schema` where a file is of no use, and with
 * `config_invalid` where one that the settings name is. Redis is reached in the background, and may be away.
 */
export function openStore(settings: StoreSettings): Store {
  const { kind, path, url = null, nodes = [], username = null, password, namespace, timeoutMs, retryMaxMs } = settings;
  if (kind === 'sqlite') return openSqliteStore(path);
  const files = { ca: read(settings.caFile), cert: read(settings.certFile), key: read(settings.keyFile) };
  const isSecret = settings.tls || url?.startsWith('rediss:') === true;
  return new RedisStore({
    url,
    nodes,
    tls: isSecret ? files : null,
    username,
    password: password === '' ? null : password,
    namespace,
    timeoutMs,
    retryMaxMs,
  });
}

function read(file: string | undefined): Uint8Array | null {
  if (file === undefined) return null;
  try {
    return readFileSync(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GatewayError('config_invalid', `a file of the store is of no use: ${why}`, { cause: error });
  }
}
