import type { Duplex } from 'node:stream';

/** Decides over what is read from a stream. */
export interface ReadGate {
  /** Nothing is given to the reader while it is shut: the stream fills to its mark, and then the kernel is left unread. */
  readonly shut: boolean;
  /** Sees a chunk before the reader; false withholds it: it is taken elsewhere, or the stream is to be destroyed. */
  pass(chunk: Buffer): boolean;
}

/**
 * Puts a gate before the reader of a stream. The reader is aedes: it reads on while its handlers are still busy, so what
 * bounds it must stand here. Gives the function that lets the reader look again after the gate has opened.
 */
export function gateReads(stream: Duplex, gate: ReadGate): () => void {
  const read = stream.read.bind(stream);
  let missed = false;
  stream.read = (size?: number) => {
    // Node itself asks for 0 bytes when it wants the stream to be filled.
    if (size === 0) return read(0) as unknown;
    missed = gate.shut;
    if (missed) return null;
    const chunk = read(size) as Buffer | null;
    return chunk === null || gate.pass(chunk) ? chunk : null;
  };
  return () => {
    if (missed && !gate.shut) stream.emit('readable');
  };
}
