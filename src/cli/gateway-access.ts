import { get } from 'node:http';
import type { Readable } from 'node:stream';
import { GatewayError } from '#errors/gateway-error';
import type { Config } from '../config/schema.ts';
import type { GatewaySigns } from '../lifecycle/diagnosis.ts';
import { INSTANCE_HEADER, readAdminAddress, type AdminAddress } from '../observe/admin-address.ts';
import type { Witness } from '../store/explain.ts';

/** Time a gateway has to answer a question, ms. */
const ANSWER_MS = 2_000;

/** Asks the gateway that runs on the data of the configuration; `null` where none answers. */
export async function askGateway<Answer>({ dataDir }: Config, name: string, question: unknown): Promise<Answer | null> {
  const address = readAdminAddress(dataDir);
  if (address === null) return null;
  try {
    const response = await fetch(`${adminUrl(address)}/ask/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [INSTANCE_HEADER]: address.instance },
      body: JSON.stringify(question),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return response.ok ? ((await response.json()) as Answer) : null;
  } catch {
    return null;
  }
}

/**
 * Opens a stream that the gateway gives until it ends, or the process does. Rejects with `listener_unreachable` where no gateway
 * answers, or gives none.
 */
export async function followFeed({ dataDir }: Config, path: string): Promise<Readable> {
  const address = readAdminAddress(dataDir);
  const unreachable = (why: string, cause?: unknown): GatewayError =>
    new GatewayError('listener_unreachable', `no gateway that works on ${dataDir} can be followed: ${why}`, { cause });
  if (address === null) throw unreachable('none has run there');
  return new Promise((resolve, reject) => {
    // Not `fetch`: it gives up on a gateway that says nothing for minutes, as one at night does.
    const request = get(`${adminUrl(address)}${path}`, (response) => {
      if (response.statusCode === 200) resolve(response);
      else reject(unreachable(`it answers ${response.statusCode ?? 0}`));
    });
    request.on('error', (cause) => reject(unreachable(cause.message, cause)));
  });
}

/** The gateway of the configuration as a witness of its connections. */
export function witnessAt(config: Config): Witness {
  return { signsOf: (idents) => askGateway<GatewaySigns[]>(config, 'signs', { idents }) };
}

/** The admin port as this machine reaches it: an address that means all of them is reached at the loopback one. */
export function adminUrl({ host, port }: Pick<AdminAddress, 'host' | 'port'>): string {
  const reached = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}
