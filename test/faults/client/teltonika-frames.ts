/** Scripted records as Teltonika frames. */
import { encodeDatagram, encodeFrame, type EncodedFrame } from '#protocols/teltonika/encode';
import type { OutgoingFrame } from './carrier.ts';
import type { ScriptedRecord } from './script.ts';

/** Degrees that are no place: the gateway acknowledges the frame and puts it into quarantine. */
const NO_LATITUDE = 95;

export function teltonikaFrame(frame: OutgoingFrame): Uint8Array {
  return encodeFrame(contentOf(frame));
}

/** The same in a datagram, which names its device and itself. */
export function teltonikaDatagram(ident: string, frame: OutgoingFrame): Uint8Array {
  return encodeDatagram(ident, frame.number & 0xffff, frame.number & 0xff, contentOf(frame));
}

function contentOf({ records, quarantined }: OutgoingFrame): EncodedFrame {
  return { codec: '8', records: records.map((record) => encodedRecord(record, quarantined)) };
}

function encodedRecord({ deviceTime, content }: ScriptedRecord, quarantined: boolean): EncodedFrame['records'][number] {
  const { lat = 0, lon = 0, speedKmh = 0, courseDeg = 0, altitudeM = 0, satellites = 0 } = content;
  const place = { lat: quarantined ? NO_LATITUDE : lat, lon, altitudeM };
  return { deviceTime, fix: { ...place, valid: true, speedKmh, courseDeg, satellites }, io: [] };
}
