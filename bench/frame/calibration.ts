/**
 * A fixed piece of work that stands for the speed of the machine at the moment: bytes are read and looked up, numbers mixed, small objects
 * made and read, as decoders do. **Never change it**: baselines are measured in turns of it.
 */

const BYTES = new Uint8Array(256);
for (let i = 0; i < BYTES.length; i++) BYTES[i] = Math.imul(i, 151) >>> 1;
const TABLE = new Uint32Array(256);
for (let i = 0; i < TABLE.length; i++) TABLE[i] = Math.imul(i + 1, 0x9e37_79b1) >>> 0;
const OBJECTS = 16;

interface Part {
  at: number;
  value: number;
  next: Part | null;
}

/** One turn: some hundred nanoseconds. What it gives is to be used by the caller. */
export function calibrationTurn(): number {
  let hash = 0;
  for (let at = 0; at < BYTES.length; at++) {
    hash = ((hash >>> 8) ^ (TABLE[(hash ^ (BYTES[at] as number)) & 0xff] as number)) >>> 0;
  }
  let parts: Part | null = null;
  for (let i = 0; i < OBJECTS; i++) parts = { at: i, value: (hash >>> i) & 0xff, next: parts };
  let sum = 0;
  for (let part = parts; part !== null; part = part.next) sum += part.value * part.at;
  return sum + (hash & 1);
}
