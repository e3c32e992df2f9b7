/** What the devices of the load generator log in with over MQTT. */
import { formatCredential, hashPassword } from '../../src/listen/mqtt/credentials.ts';
import { identOf } from './vehicle-track.ts';

export function passwordOf(ident: string): string {
  return `secret-${ident}`;
}

/** A file of credentials for the first so many devices. */
export function credentialsFile(devices: number): string {
  const lines = Array.from({ length: devices }, (_, device) => {
    const ident = identOf(device);
    return formatCredential({ username: ident, ident, passwordHash: hashPassword(passwordOf(ident)) });
  });
  return `${lines.join('\n')}\n`;
}
