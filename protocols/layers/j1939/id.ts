/**
 * The 29-bit identifier of SAE J1939-21 (section 5.2), most significant bit first:
 * priority 3 · extended data page 1 · data page 1 · PDU format 8 · PDU specific 8 · source address 8.
 */

/** The destination of a message meant for everyone. */
const GLOBAL_ADDRESS = 0xff;

export interface J1939Id {
  /** 0 (most urgent) to 7. */
  priority: number;
  /** Parameter group number, 18 bits. Its low byte is 0 where the PDU is addressed (PDU format below 240). */
  pgn: number;
  /** Address of the sender, 0..255. */
  source: number;
  /** Address the PDU is sent to; 255 for everyone. */
  destination: number;
}

/** Takes a 29-bit identifier apart. Bits above the 29th, such as SocketCAN's extended flag, are passed over. */
export function parseJ1939Id(canId: number): J1939Id {
  const pages = (canId >>> 24) & 0x3;
  const format = (canId >>> 16) & 0xff;
  const specific = (canId >>> 8) & 0xff;
  const broadcast = format >= 240;
  return {
    priority: (canId >>> 26) & 0x7,
    pgn: (pages << 16) | (format << 8) | (broadcast ? specific : 0),
    source: canId & 0xff,
    destination: broadcast ? GLOBAL_ADDRESS : specific,
  };
}

/** Puts an identifier together; `destination` counts only where the group is addressed. */
export function formatJ1939Id(id: J1939Id): number {
  const broadcast = ((id.pgn >>> 8) & 0xff) >= 240;
  const group = broadcast ? id.pgn : (id.pgn & 0x3ff00) | (id.destination & 0xff);
  return (((id.priority & 0x7) << 26) | ((group & 0x3ffff) << 8) | (id.source & 0xff)) >>> 0;
}
