/** Makes a decoder of what is peculiar to one provider: the rest is the same for all that push JSON. */
import type { Decoded, Decoder, SessionContext } from '#protocols/codec';
import { emptyDecoded } from '#protocols/codec';
import { itemsOf, pathTo, readJson, textOf, type Json } from './json.ts';
import { MessageSet } from './message-set.ts';

/** Longest body that is taken, bytes: batches of the makers are a hundred times smaller. */
const MAX_BODY_BYTES = 0x10_0000;

export interface JsonDecoderOptions {
  name: string;
  version: number;
  /** Puts what a body says into the set. A body that is a list is given item by item. */
  decode: (item: Json, path: string, context: SessionContext, into: MessageSet) => void;
  /** Bytes that tell the sender what was taken, where the protocol wants any. */
  reply?: (decoded: Decoded) => Uint8Array | null;
}

/** Makes a decoder of JSON bodies. It is total: whatever the bytes are, it gives messages and faults, and never throws. */
export function jsonDecoder({ name, version, decode, reply }: JsonDecoderOptions): Decoder {
  return {
    name,
    version,
    maxFrameBytes: MAX_BODY_BYTES,
    decode(frame, context) {
      const body = readJson(frame);
      if (body.fault !== null) return { ...emptyDecoded('control'), faults: [body.fault], pushed: nothingPushed() };
      const into = new MessageSet(name);
      if (Array.isArray(body.value)) {
        for (const [index, item] of itemsOf(body.value).entries()) decode(item, pathTo('$', index), context, into);
      } else {
        decode(body.value, '$', context, into);
      }
      const decoded = into.decoded();
      decoded.reply = reply?.(decoded) ?? null;
      return decoded;
    },
  };
}

function nothingPushed() {
  return { dedupeKeys: [], consents: [] };
}

/** Longest name of a vehicle, characters: a VIN has 17, a topic level or a registration may have more. */
const IDENT_MOST = 64;

/** Reads the name of a vehicle or device: printable, in upper case where `isVin`. `null` where it is none. */
function identOf(value: Json | undefined, isVin = true): string | null {
  const text = textOf(value);
  if (text === null || text.length > IDENT_MOST || /[\p{Cc}\p{Cs}]/u.test(text)) return null;
  return isVin ? text.toUpperCase() : text;
}

/**
 * The vehicle a statement is about: the one it names, else the one the sender is known to be. `null`, with a fault, where neither
 * says.
 */
export function vehicleOf(
  stated: Json | undefined,
  path: string,
  context: SessionContext,
  into: MessageSet,
  isVin = true,
): string | null {
  if (stated === undefined || stated === null) {
    if (context.ident === null) into.fault('decode_malformed', path, 'no vehicle is named');
    return context.ident;
  }
  const ident = identOf(stated, isVin);
  if (ident === null) into.fault('decode_range', path, `this names no vehicle: ${typeof stated}`);
  return ident;
}
