/** Places in a stream: how far its reader has come. */

/** A message within the frames of a spool. */
export interface Place {
  /** The frame, by its position in the spool. */
  seq: number;
  /** The message in its frame, from 0; `WHOLE_FRAME` where all of them are behind. */
  index: number;
}

export interface Cursor extends Place {
  /** The spool whose frames are counted, 16 hex digits: each gateway has its own. */
  spoolId: string;
  /** The change of a tracker, by its place in the log of them. */
  transition: number;
}

/** More than the messages of any frame. */
export const WHOLE_FRAME = 65_535;

const FORM = /^([0-9a-f]{16})\.(\d{1,15})\.(\d{1,5})\.(\d{1,15})$/;

/** The cursor as readers are given it. */
export function cursorText({ spoolId, seq, index, transition }: Cursor): string {
  return `${spoolId}.${seq}.${index}.${transition}`;
}

/** Reads a cursor; `null` for what is none. */
export function readCursor(text: string): Cursor | null {
  const [, spoolId, seq, index, transition] = FORM.exec(text) ?? [];
  if (spoolId === undefined) return null;
  return { spoolId, seq: Number(seq), index: Number(index), transition: Number(transition) };
}

/** Tells whether a place lies behind another one. */
export function isBehind(place: Place, other: Place): boolean {
  return place.seq > other.seq || (place.seq === other.seq && place.index > other.index);
}
