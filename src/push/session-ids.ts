import { randomFillSync } from 'node:crypto';

const ID_BYTES = 8;
/** Random bytes are dear by the call, not by their number. */
const pool = Buffer.alloc(512 * ID_BYTES);
let used = pool.length;

/** Names a request as a session of its own: 16 hex digits. */
export function newSessionId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool.toString('hex', used, (used += ID_BYTES));
}
