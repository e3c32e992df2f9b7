/** The file with the keys that stored secrets are sealed under. */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GatewayError } from '#errors/gateway-error';
import { KEY_BYTES, SealedBox } from './sealed-box.ts';

/** Where the key file is. */
export interface SecretsPlace {
  dataDir: string;
  /** A file that must exist. Without one, a file in `dataDir` is used, and made where it is missing. */
  keyFile?: string | undefined;
}

const DEFAULT_NAME = 'secrets.key';

/**
 * Opens the box with the keys of the file: one a line as base64, the newest first; lines that begin with `#` are passed over.
 * Fails with `secrets_key`.
 */
export function openSealedBox({ dataDir, keyFile }: SecretsPlace): SealedBox {
  const path = keyFile ?? join(dataDir, DEFAULT_NAME);
  try {
    if (keyFile === undefined) makeWhereMissing(path);
    return new SealedBox(keysIn(readFileSync(path, 'utf8')));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GatewayError('secrets_key', `the key file ${path} cannot be used: ${why}`, { cause: error });
  }
}

function keysIn(text: string): Uint8Array[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.flatMap((line, index) => {
    if (line === '' || line.startsWith('#')) return [];
    const key = Buffer.from(line, 'base64');
    if (key.length === KEY_BYTES && key.toString('base64') === line) return [key];
    throw new Error(`line ${index + 1} is not ${KEY_BYTES} bytes as base64; openssl rand -base64 ${KEY_BYTES} makes some`);
  });
}

/** Makes the file whole or not at all, and never over one that another process has made meanwhile. */
function makeWhereMissing(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.new`;
  const heading =
    '# Seals credentials and webhook secrets in the registry: without it they cannot be read. Keep it, and keep it secret.';
  writeFileSync(draft, `${heading}\n${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
