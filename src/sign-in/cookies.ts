/** Cookies of the console. None can be read by scripts, and none is sent along when another site asks. */
import type { EpochMs } from '#model/clocks';

/** Holds the token of a session. */
export const SESSION_COOKIE = 'odograph-session';
/** Binds a sign-in at an identity provider to the browser that began it. */
export const SIGN_IN_COOKIE = 'odograph-sign-in';

export interface CookieWish {
  name: string;
  value: string;
  expiresAt: EpochMs;
  /** The request came by TLS: then the cookie only goes back that way. */
  secure: boolean;
  /** `Lax` where it must come along when another site sends the browser here. */
  sameSite: 'Strict' | 'Lax';
  /** Folder it is sent to. */
  path: string;
}

/** Writes the header `set-cookie`. */
export function setCookie({ name, value, expiresAt, secure, sameSite, path }: CookieWish): string {
  const until = new Date(expiresAt).toUTCString();
  return `${name}=${value}; Path=${path}; Expires=${until}; HttpOnly; SameSite=${sameSite}${secure ? '; Secure' : ''}`;
}

/** Reads one cookie of the header `cookie`; `undefined` where it is not there. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
