/** Makes a decoder of what is peculiar to one provider: the rest is the same for all that push JSON. */
import type { Admission, Decoded, Decoder, SessionContext } from '#protocols/codec';
import { emptyDecoded } from '#protocols/codec';
import type { Json } from '#model/json';
import { itemsOf, pathTo, readJson, textOf } from './json.ts';
import { AdmissionReadings } from './admission.ts';
import { MessageSet } from './message-set.ts';
import type { Readings } from './readings.ts';

/** Longest body that is taken, bytes: batches of the makers are a hundred times smaller. */
const MAX_BODY_BYTES = 0x10_0000;

export interface JsonDecoderOptions {
  name: string;
  version: number;
  /** Puts what a body says into the set. A body that is a list is given item by item. */
  decode: (item: Json, path: string, context: SessionContext, into: Readings) => void;
  /** Bytes that tell the sender what was taken, where the protocol wants any; `null` for a body that is no JSON. */
  reply?: (decoded: Decoded, body: Json | null) => Uint8Array;
  /** An empty body is no fault. */
  isEmptyFine?: boolean;
  /** Reads a body that begins neither an object nor a list, where the protocol has another form besides JSON. */
  readOther?: (frame: Uint8Array) => Json;
}

/** Makes a decoder of JSON bodies. It is total: whatever the bytes are, it gives messages and faults, and never throws. */
export function jsonDecoder({ name, version, decode, reply, isEmptyFine, readOther }: JsonDecoderOptions): Decoder {
  return {
    name,
    version,
    maxFrameBytes: MAX_BODY_BYTES,
    statesHalves: true,
    decode(frame, context) {
      if (isEmptyFine === true && frame.length === 0) return answered(emptyDecoded('heartbeat'), null);
      const body = bodyOf(frame);
      if (body.fault !== null) return answered({ ...emptyDecoded('control'), faults: [body.fault] }, null);
      const into = new MessageSet(name);
      walk(body.value, context, into);
      return answered(into.decoded(), body.value);
    },
    ...(reply === undefined ? { admit } : {}),
  };

  function admit(frame: Uint8Array, context: SessionContext): Admission | null {
    const body = bodyOf(frame);
    if (body.fault !== null) return null;
    const into = new AdmissionReadings();
    walk(body.value, context, into);
    return into.admission();
  }

  function bodyOf(frame: Uint8Array): ReturnType<typeof readJson> {
    return readOther !== undefined && !beginsJson(frame) ? { value: readOther(frame), fault: null } : readJson(frame);
  }

  function walk(body: Json, context: SessionContext, into: Readings): void {
    if (!Array.isArray(body)) decode(body, '$', context, into);
    else for (const [index, item] of itemsOf(body).entries()) decode(item, pathTo('$', index), context, into);
  }

  function answered(decoded: Decoded, body: Json | null): Decoded {
    decoded.pushed ??= { dedupeKeys: [], consents: [] };
    decoded.reply = reply?.(decoded, body) ?? null;
    return decoded;
  }
}

/** Tells whether the first byte that is no blank begins an object or a list. */
function beginsJson(frame: Uint8Array): boolean {
  const first = frame.find((byte) => byte > 0x20);
  return first === 0x7b || first === 0x5b;
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
  into: Readings,
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
