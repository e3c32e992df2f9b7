/** Transports that a reference tracker can come over, with the name of the listener: what is pushed has one of its own. */
export const LISTENERS = { tcp: 'stream', udp: 'datagrams', mqtt: 'broker', http: 'push' } as const;
export type Transport = keyof typeof LISTENERS;
