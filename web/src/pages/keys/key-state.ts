/** How a key stands. */
import type { components } from '../../api/client.ts';

export type Key = components['schemas']['ApiKey'];

/** Whether a key is refused. */
export function isOver({ revoked_at: revokedAt, expires_at: expiresAt }: Key, now = Date.now()): boolean {
  return revokedAt !== null || (expiresAt !== null && Date.parse(expiresAt) <= now);
}
