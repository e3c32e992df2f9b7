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

/** The gateway of the configuration as a witness of its connections. */
export function witnessAt(config: Config): Witness {
  return { signsOf: (idents) => askGateway<GatewaySigns[]>(config, 'signs', { idents }) };
}

/** The admin port as this machine reaches it: an address that means all of them is reached at the loopback one. */
export function adminUrl({ host, port }: Pick<AdminAddress, 'host' | 'port'>): string {
  const reached = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}
