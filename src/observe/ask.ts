/** Asks a running gateway of this machine by its admin port, which it has written down beside its data. */
import { INSTANCE_HEADER, readAdminAddress, type AdminAddress } from './admin-address.ts';

/** Time a gateway has to answer a question, ms. */
const ANSWER_MS = 2_000;

/** Asks the gateway that works on a folder; `null` where none answers. */
export async function askAt<Answer>(dataDir: string, name: string, question: unknown): Promise<Answer | null> {
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

/** The admin port as this machine reaches it: an address that means all of them is reached at the loopback one. */
export function adminUrl({ host, port }: Pick<AdminAddress, 'host' | 'port'>): string {
  const reached = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}
