/**
 * What a DBC file and its mapping come down to: plain tables that a codec decodes with. They are built at start-up, outside
 * of `protocols/` (`src/dbc`); nothing here knows the text format.
 *
 * DBC numbers the bits of a message 8 * byte + bit, bit 0 being a byte's least significant. Intel (little-endian) signals
 * begin at their least significant bit and climb; Motorola (big-endian) ones begin at their most significant bit, descend
 * through the byte, and go on at bit 7 of the next. A signal is held as the pieces of bytes it consists of, so that the byte
 * order is settled once, when the table is built.
 */

/** Bits of one byte that belong to a signal. */
export interface Piece {
  byte: number;
  /** Bits to the right of the piece. */
  shift: number;
  /** Width, 1..8. */
  bits: number;
}

/** Signals that exist only while another one, the selector, has one of some values (multiplexing). */
export interface Selection {
  /** Index of the selector among the signals of the message; lower than that of the signal it selects. */
  selector: number;
  /** Raw values of the selector, both ends included. */
  ranges: readonly (readonly [from: number, to: number])[];
}

export interface DbcSignal {
  name: string;
  /** Most significant piece first. */
  pieces: readonly Piece[];
  bits: number;
  kind: 'unsigned' | 'signed' | 'float';
  /** Value in the unit of `key`: raw * mul / div + offset. */
  mul: number;
  div: number;
  offset: number;
  /** Key of the catalogue the fleet mapped it to, or `dbc.<message>.<signal>`. */
  key: string;
  /** What raw values are called. They become a text state; beside a number where the key is not a text of the catalogue. */
  labels: ReadonlyMap<number, string>;
  /** Whether `key` is a text: then the label is all there is. */
  text: boolean;
  /** Raw values that stand for another value, in the unit of `key`, before scaling is thought of. */
  values: ReadonlyMap<number, number>;
  /** Raw values that mean "not available". */
  without: ReadonlySet<number>;
  /** `null` for a signal that is always there. */
  selection: Selection | null;
}

export interface DbcMessage {
  name: string;
  signals: readonly DbcSignal[];
}

/** The messages of one vehicle model. */
export interface DbcTables {
  /** By CAN id as SocketCAN and DBC write it: bit 31 set for 29-bit identifiers. */
  byId: ReadonlyMap<number, DbcMessage>;
  /** By J1939 parameter group, for files whose ids stand for a group from any sender; empty where ids are matched whole. */
  byPgn: ReadonlyMap<number, DbcMessage>;
  /** Whether 29-bit frames that the files do not have are J1939, as on trucks; on cars they are the maker's own. */
  j1939: boolean;
}

/** Bit 31 of a CAN id: it has 29 bits. */
export const EXTENDED = 0x8000_0000;

/** Cuts a signal into the pieces of bytes it consists of, most significant first. `startBit` is numbered as DBC numbers it. */
export function piecesOf(startBit: number, bits: number, bigEndian: boolean): Piece[] {
  const pieces: Piece[] = [];
  if (bigEndian) {
    let byte = startBit >>> 3;
    let top = startBit & 7;
    for (let left = bits; left > 0; byte++, top = 7) {
      const taken = Math.min(left, top + 1);
      pieces.push({ byte, shift: top + 1 - taken, bits: taken });
      left -= taken;
    }
    return pieces;
  }
  let byte = startBit >>> 3;
  let shift = startBit & 7;
  for (let left = bits; left > 0; byte++, shift = 0) {
    const taken = Math.min(left, 8 - shift);
    pieces.unshift({ byte, shift, bits: taken });
    left -= taken;
  }
  return pieces;
}
