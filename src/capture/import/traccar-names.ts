/** What the Traccar server calls the protocols we have codecs for, and the ports of its default configuration. */
const NAMES: readonly { traccar: string; codec: string; port: number }[] = [
  { traccar: 'teltonika', codec: 'teltonika', port: 5027 },
  { traccar: 'ruptela', codec: 'ruptela', port: 5046 },
  { traccar: 'astra', codec: 'astra-telematics', port: 5103 },
];

/** Our codec for a protocol, or for a port, as Traccar's log names it; `null` where there is none. */
export function codecOfTraccar(name: string): string | null {
  return NAMES.find(({ traccar, port }) => traccar === name || String(port) === name)?.codec ?? null;
}

/** What Traccar's log would call the protocol of a codec. */
export function traccarNameOf(codec: string | null): string | null {
  return NAMES.find((one) => one.codec === codec)?.traccar ?? codec;
}

/** The port on which servers usually listen for the protocol of a codec. */
export function usualPort(codec: string | null): number | null {
  return NAMES.find((one) => one.codec === codec)?.port ?? null;
}

/** Tells whether servers usually listen for trackers on a port. */
export function isUsualPort(port: number): boolean {
  return NAMES.some((one) => one.port === port);
}
