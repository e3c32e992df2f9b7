/**
 * Puts together the parameter groups of more than 8 bytes that SAE J1939-21 (section 5.10) sends in pieces: announced to
 * everyone (BAM) or to one unit (RTS/CTS, as somebody listening on the bus sees it).
 *
 * TP.CM, PGN 60416: control u8 (16 RTS, 32 BAM, 255 abort; 17 CTS and 19 end are the receiver's) · size u16 LE · packets u8 ·
 * reserved u8 · PGN u24 LE. TP.DT, PGN 60160: number u8 from 1 · 7 bytes. The extended protocol for more than 1,785 bytes is
 * not read. Nothing is sent: a listener cannot ask for a lost packet, so a group with one is never finished.
 */
import type { Trace } from '#protocols/explain/trace';
import { parseJ1939Id } from './id.ts';

const CONNECTION_MANAGEMENT = 0xec00;
const DATA_TRANSFER = 0xeb00;
const REQUEST_TO_SEND = 16;
const BROADCAST_ANNOUNCE = 32;
const ABORT = 255;

/** 255 packets of 7 bytes. */
const SIZE_LIMIT = 1785;
const PACKET_BYTES = 7;
/** Groups under way at once; the one begun first gives way. A bus has at most 254 units, and few send long groups. */
const GROUPS_LIMIT = 32;

interface GroupUnderWay {
  pgn: number;
  data: Uint8Array;
  packets: number;
  /** Which packets are here, by number less one. */
  here: Uint8Array;
  missing: number;
}

/** The groups under way on one bus, by sender and destination. The caller keeps it for as long as the frames belong together. */
export type TransportState = Map<number, GroupUnderWay>;

/** A whole parameter group. */
export interface WholeGroup {
  pgn: number;
  source: number;
  data: Uint8Array;
}

/** What a frame was to the transport protocol: a piece of a group, the piece that finished one, or none of its business. */
export type TransportStep = { kind: 'other' } | { kind: 'piece' } | { kind: 'whole'; group: WholeGroup };

const OTHER: TransportStep = Object.freeze({ kind: 'other' });
const PIECE: TransportStep = Object.freeze({ kind: 'piece' });

export function newTransportState(): TransportState {
  return new Map();
}

function begin(state: TransportState, link: number, data: Uint8Array): void {
  const size = (data[1] as number) | ((data[2] as number) << 8);
  const packets = data[3] as number;
  state.delete(link);
  if (size > SIZE_LIMIT || packets === 0 || packets !== Math.ceil(size / PACKET_BYTES)) return;
  if (state.size >= GROUPS_LIMIT) for (const oldest of [...state.keys()].slice(0, 1)) state.delete(oldest);
  const pgn = (data[5] as number) | ((data[6] as number) << 8) | (((data[7] as number) & 0x3) << 16);
  state.set(link, { pgn, data: new Uint8Array(size), packets, here: new Uint8Array(packets), missing: packets });
}

function manage(state: TransportState, source: number, destination: number, data: Uint8Array): void {
  if (data.length < 8) return;
  const control = data[0] as number;
  const link = (source << 8) | destination;
  if (control === REQUEST_TO_SEND || control === BROADCAST_ANNOUNCE) begin(state, link, data);
  if (control === ABORT) {
    state.delete(link);
    state.delete((destination << 8) | source);
  }
}

/** Takes one packet in; packets may come twice or out of order, as after a CTS that asked for some again. */
function take(group: GroupUnderWay, data: Uint8Array): void {
  const index = (data[0] as number) - 1;
  if (index < 0 || index >= group.packets || group.here[index] === 1) return;
  const at = index * PACKET_BYTES;
  const wanted = Math.min(PACKET_BYTES, group.data.length - at);
  if (data.length < 1 + wanted) return;
  group.data.set(data.subarray(1, 1 + wanted), at);
  group.here[index] = 1;
  group.missing--;
}

/** Shows a frame of the bus to the transport protocol. Changes `state`, which stays within its bounds whatever comes. */
export function stepTransport(state: TransportState, canId: number, data: Uint8Array): TransportStep {
  const { pgn, source, destination } = parseJ1939Id(canId);
  if (pgn === CONNECTION_MANAGEMENT) {
    manage(state, source, destination, data);
    return PIECE;
  }
  if (pgn !== DATA_TRANSFER) return OTHER;
  const link = (source << 8) | destination;
  const group = state.get(link);
  if (group === undefined || data.length < 2) return PIECE;
  take(group, data);
  if (group.missing > 0) return PIECE;
  state.delete(link);
  return { kind: 'whole', group: { pgn: group.pgn, source, data: group.data } };
}

const CONTROLS: ReadonlyMap<number, string> = new Map([
  [REQUEST_TO_SEND, 'Announced to one unit'],
  [BROADCAST_ANNOUNCE, 'Announced to all'],
  [ABORT, 'Broken off'],
]);

/** What of a frame is the transport protocol's. */
export function nameTransport(trace: Trace, canId: number, data: Uint8Array): void {
  const section = 'J1939-21: 5.10';
  const isManagement = parseJ1939Id(canId).pgn === CONNECTION_MANAGEMENT;
  if (!isManagement || data.length < 8) {
    trace.part(data, 'number', 0, Math.min(1, data.length), { raw: data[0] ?? 0, section, states: [] });
    trace.part(data, 'piece of the group', 1, data.length, { section, states: [] });
    return;
  }
  const control = data[0] as number;
  const size = (data[1] as number) | ((data[2] as number) << 8);
  const pgn = (data[5] as number) | ((data[6] as number) << 8) | ((data[7] as number) << 16);
  trace.part(data, 'control', 0, 1, { raw: control, meaning: CONTROLS.get(control) ?? 'Of the receiver', section });
  trace.part(data, 'size', 1, 3, { raw: size, value: size, unit: 'byte', meaning: 'Of the group', section });
  trace.part(data, 'packets', 3, 4, { raw: data[3] as number, section });
  trace.part(data, 'reserved', 4, 5, { section });
  trace.part(data, 'pgn', 5, 8, { raw: pgn, value: pgn, meaning: 'The group that comes', section });
}
