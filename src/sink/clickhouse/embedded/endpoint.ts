import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Where the engine answers: what a client needs, and what `endpoint.json` holds for other commands. */
export interface Endpoint {
  url: string;
  headers: Record<string, string>;
}

const PING_TIMEOUT_MS = 2_000;

/** The file in which a running gateway tells other commands of its user where its engine answers. */
export function endpointFile(directory: string): string {
  return join(directory, 'endpoint.json');
}

export function writeEndpoint(directory: string, endpoint: Endpoint): void {
  const path = endpointFile(directory);
  // Written aside: no reader finds half of it, and no wider mode of an older file survives.
  writeFileSync(`${path}.new`, JSON.stringify(endpoint), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Reads where the engine of a folder answered last; `null` where nothing is written. The reader must ask whether it still does. */
export function readEndpoint(directory: string): Endpoint | null {
  try {
    return JSON.parse(readFileSync(endpointFile(directory), 'utf8')) as Endpoint;
  } catch {
    return null;
  }
}

export function removeEndpoint(directory: string): void {
  rmSync(endpointFile(directory), { force: true });
}

/** Asks the engine whether it is there. Never rejects. */
export async function isAnswering({ url, headers }: Endpoint, timeoutMs = PING_TIMEOUT_MS): Promise<boolean> {
  try {
    const response = await fetch(`${url}/ping`, { headers, signal: AbortSignal.timeout(timeoutMs) });
    return response.ok;
  } catch {
    return false;
  }
}

/** Gives a loopback port that is free now: the one asked for if it is, else any. */
export async function freePort(wanted = 0): Promise<number> {
  try {
    return await tryPort(wanted);
  } catch (error) {
    if (wanted === 0) throw error;
    return tryPort(0);
  }
}

function tryPort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: bound } = server.address() as AddressInfo;
      server.close(() => resolve(bound));
    });
  });
}
