import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { GatewayError } from '#errors/gateway-error';
import type { RedisSettings } from './redis/link.ts';
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
 * `config_invalid` where one that the settings name is. Redis is reached in the background, and may be away; its client is loaded only
 * where it is used.
 */
export async function openStore(settings: StoreSettings): Promise<Store> {
  const { kind, path, url = null, nodes = [], username = null, password, namespace, timeoutMs, retryMaxMs } = settings;
  if (kind === 'sqlite') return openSqliteStore(path);
  const isSecret = settings.tls || url?.startsWith('rediss:') === true;
  const { RedisStore } = await import('./redis/store.ts');
  return new RedisStore({
    url,
    nodes,
    tls: isSecret ? certificatesOf(settings) : null,
    username,
    password: password === '' ? null : password,
    namespace,
    timeoutMs,
    retryMaxMs,
  });
}

function certificatesOf({ caFile, certFile, keyFile }: StoreSettings): NonNullable<RedisSettings['tls']> {
  const files = { ca: read('caFile', caFile), cert: read('certFile', certFile), key: read('keyFile', keyFile) };
  // A file without a certificate would be taken for none, and whoever is at fault would seem to be Redis.
  if (files.ca !== null && !holdsCertificate(files.ca)) throw useless('caFile', `${caFile} holds no PEM certificate`);
  try {
    const { ca, cert, key } = files;
    createSecureContext({
      ...(ca === null ? {} : { ca }),
      ...(cert === null ? {} : { cert }),
      ...(key === null ? {} : { key }),
    });
  } catch (error) {
    throw useless('certFile, or store.keyFile,', messageOf(error), error);
  }
  return files;
}

function holdsCertificate(pem: Buffer): boolean {
  try {
    void new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

function read(name: string, file: string | undefined): Buffer | null {
  if (file === undefined) return null;
  try {
    return readFileSync(file);
  } catch (error) {
    throw useless(name, messageOf(error), error);
  }
}

function useless(name: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError('config_invalid', `store.${name} is of no use: ${why}`, { cause });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
