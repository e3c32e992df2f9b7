import {
  encodeAnswer,
  encodeFrame,
  encodeLogin,
  encodeRefusal,
  type EncodedIo,
  type EncodedRecord,
} from '../../protocols/teltonika/encode.ts';
import type { Language, ReceivedCommand } from './device.ts';
import type { VehicleState } from './vehicle.ts';

/** A CAN-bus box: Teltonika Codec 8 Extended with core elements and those of a CAN adapter. */
export function teltonikaBox(imei: string): Language {
  return {
    protocol: 'teltonika',
    login: () => encodeLogin(imei),
    loginReply: Uint8Array.of(1),
    frame: (states) => encodeFrame({ codec: '8e', records: states.map(recordOf) }),
    ack: (records) => Uint8Array.of(0, 0, 0, records),
    command: (received) => obey(received, imei),
  };
}

function recordOf(state: VehicleState): EncodedRecord {
  const { at, lat, lon, speedKmh, courseDeg, satellites } = state;
  const io: EncodedIo[] = [
    [239, 1, state.ignition ? 1 : 0],
    [240, 1, speedKmh > 0 ? 1 : 0],
    [21, 1, 4],
    [69, 1, 1],
    [89, 1, state.fuelPercent],
    [81, 1, speedKmh],
    [181, 2, Math.round(state.hdop * 15)],
    [182, 2, Math.round(state.hdop * 10)],
    [66, 2, Math.round(state.supplyV * 1_000)],
    [67, 2, 4_050],
    [85, 2, state.rpm],
    [115, 2, Math.round(state.coolantC * 10)],
    [16, 4, state.tripM],
    [87, 4, state.odometerM],
  ];
  return {
    deviceTime: at,
    fix: { lat, lon, valid: true, altitudeM: 650, speedKmh, courseDeg, satellites },
    io,
  };
}

// 00000000 · length u32 · codec u8 · 01 · 05 · size u32 · [imei 8 BCD] · text · 01 · crc u32
const LENGTH_AT = 4;
const CODEC_AT = 8;
const CONTENT_AT = 15;
const CODEC_12 = 0x0c;
const CODEC_14 = 0x0e;
const IMEI_BYTES = 8;
/** Second quantity and CRC. */
const TAIL_BYTES = 5;

/** Answers a command of Codec 12, or of 14 where it names this box; refuses it where it names another. */
function obey(received: Uint8Array, imei: string): ReceivedCommand | null {
  const view = new DataView(received.buffer, received.byteOffset, received.byteLength);
  if (received.length < CONTENT_AT + TAIL_BYTES || view.getUint32(0) !== 0) return null;
  const codec = received[CODEC_AT] as number;
  const end = CODEC_AT + view.getUint32(LENGTH_AT) + 4;
  if (received.length < end || (codec !== CODEC_12 && codec !== CODEC_14)) return null;
  const isNamed = codec === CODEC_14;
  const from = isNamed ? CONTENT_AT + IMEI_BYTES : CONTENT_AT;
  const text = Buffer.from(received.subarray(from, end - TAIL_BYTES)).toString('latin1');
  const named = Buffer.from(received.subarray(CONTENT_AT, from)).toString('hex');
  const isMine = !isNamed || named === imei.padStart(named.length, '0');
  const answer = isMine ? encodeAnswer(answerTo(text, imei), isNamed ? imei : null) : encodeRefusal(imei);
  return { text, end, answer };
}

/** What a box says of itself, in the form real ones do. */
function answerTo(text: string, imei: string): string {
  switch (text) {
    case 'getinfo':
      return 'RTC:2026/1/5 8:00 Init:2026/1/5 7:58 UpTime:120s PWR:Soft RST:2 GPS:3 SAT:12 TTFF:5 TTLF:1 NOGPS:0:0 SR:4 FG:0 FL:0 SMS:0 REC:0 MD:1 DB:0';
    case 'getver':
      return `Ver:03.27.07_00 GPS:AXN_5.10_3333 Hw:FMB125 Mod:13 IMEI:${imei} Init:2026-1-5 7:58 Uptime:120 BL:1.10`;
    default:
      return 'Unknown command or invalid format';
  }
}
