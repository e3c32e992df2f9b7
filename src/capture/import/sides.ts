import type { ReadOptions } from './reader.ts';
import { isUsualPort } from './traccar-names.ts';

/** One end of a conversation. */
export interface End {
  address: string;
  port: number;
}

/** Who of two is the device and who the gateway. */
export interface Sides {
  device: End;
  gateway: End;
  /** How that is known: by the ports given, by who opened the connection, or only guessed. */
  known: 'ports' | 'opened' | 'guessed';
}

/** Ports from here on are handed out by most systems to those that call. */
const FIRST_CALLERS_PORT = 32_768;

/**
 * Tells device and gateway apart, seen from a packet that went from `source` to `destination`. `opener` is who opened the
 * connection, where that was seen. Gives `null` where ports are given and neither end has one of them.
 */
export function tellSides(
  source: End,
  destination: End,
  opener: 'source' | 'destination' | null,
  ports: ReadOptions['ports'],
): Sides | null {
  const calls = { device: source, gateway: destination };
  const answers = { device: destination, gateway: source };
  if (ports.size > 0 && ports.has(source.port) !== ports.has(destination.port)) {
    return { ...(ports.has(destination.port) ? calls : answers), known: 'ports' };
  }
  if (ports.size > 0 && !ports.has(source.port)) return null;
  if (opener !== null) return { ...(opener === 'source' ? calls : answers), known: 'opened' };
  return { ...(looksCalled(source, destination) ? answers : calls), known: 'guessed' };
}

/** Whether the sender of a packet rather is who was called: it has a port on which trackers are served, or the other has one for callers. */
function looksCalled(sender: End, receiver: End): boolean {
  if (isUsualPort(sender.port) !== isUsualPort(receiver.port)) return isUsualPort(sender.port);
  return sender.port < FIRST_CALLERS_PORT && receiver.port >= FIRST_CALLERS_PORT;
}

/** Address and port as one text: `203.0.113.9:40122`, `[2001:db8::1]:40122`. */
export function endText({ address, port }: End): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
