/** Where a capture is played to. */

export const SCHEMES = ['tcp', 'tls', 'udp', 'mqtt', 'mqtts', 'http', 'https'] as const;
export type Scheme = (typeof SCHEMES)[number];

/** Transport of a session at the gateway that is played to. */
export type PlayedTransport = 'tcp' | 'tls' | 'udp' | 'mqtt' | 'http';

export interface Target {
  transport: PlayedTransport;
  url: URL;
  host: string;
  port: number;
}

const TRANSPORT_OF: Readonly<Record<Scheme, PlayedTransport>> = {
  tcp: 'tcp',
  tls: 'tls',
  udp: 'udp',
  mqtt: 'mqtt',
  mqtts: 'mqtt',
  http: 'http',
  https: 'http',
};
const DEFAULT_PORTS: Partial<Record<Scheme, number>> = { mqtt: 1883, mqtts: 8883, http: 80, https: 443 };

/** Reads a target such as `tcp://gateway:5027`; a text says what is wrong with it. */
export function parseTarget(text: string): Target | string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return `"${text}" is no address such as tcp://127.0.0.1:5027`;
  }
  const scheme = SCHEMES.find((one) => `${one}:` === url.protocol);
  if (scheme === undefined) return `"${text}" begins with none of ${SCHEMES.map((one) => `${one}://`).join(', ')}`;
  const port = url.port === '' ? (DEFAULT_PORTS[scheme] ?? 0) : Number(url.port);
  if (url.hostname === '' || port === 0) return `"${text}" names no host and port`;
  return { transport: TRANSPORT_OF[scheme], url, host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port };
}
