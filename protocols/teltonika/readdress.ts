/** See `Codec.readdress` and `Codec.encodeLogin`. */
import type { SessionContext } from '#protocols/codec';
import { looksLikeDatagram } from './datagram.ts';
import { encodeLogin } from './encode.ts';
import { LOGIN_BYTES } from './frame.ts';

/** Length, packet id, type, AVL packet id, length of the IMEI. */
const DATAGRAM_IMEI_AT = 8;
const IMEI = /^\d{15}$/;

/** A login, and a datagram, name the device; frames of a stream do not. */
export function readdress(frame: Uint8Array, ident: string, { transport }: SessionContext): Uint8Array | null {
  const isLogin = frame.length === LOGIN_BYTES && frame[0] === 0 && frame[1] === 0x0f;
  const isDatagram = transport === 'udp' || (transport === 'replay' && looksLikeDatagram(frame));
  if (!isLogin && !isDatagram) return frame;
  if (!IMEI.test(ident)) return null;
  if (!isDatagram) return encodeLogin(ident);
  const changed = frame.slice();
  for (let i = 0; i < ident.length; i++) changed[DATAGRAM_IMEI_AT + i] = ident.charCodeAt(i);
  return changed;
}

export function loginOf({ ident }: SessionContext): Uint8Array | null {
  return ident !== null && IMEI.test(ident) ? encodeLogin(ident) : null;
}
