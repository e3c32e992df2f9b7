/**
 * Who uses the console. The key is kept in `sessionStorage`: it goes with the tab, no cookie means that no other page can use it,
 * and with the policy of the console no foreign script can read it. Whatever else gives a key (a sign-in at an identity provider)
 * calls `signIn` with it.
 */
import { signal } from '@preact/signals';
import { clientWith, type Client, type components } from '../api/client.ts';
import { problemOf } from '../api/problem.ts';

export type Role = components['schemas']['Caller']['role'];

/** Who is signed in, with the client that speaks for them. */
export interface Session {
  key: string;
  client: Client;
  role: Role;
  /** `null` for who runs the gateway. */
  company: { oid: string; name: string } | null;
}

const STORED = 'odograph.key';

/** `undefined` while a stored key is being tried, `null` where nobody is signed in. */
export const session = signal<Session | null | undefined>(undefined);

/** Why somebody was signed out, in words; empty where they wanted it. */
export const signedOutBecause = signal('');

/** Signs in with a key. Rejects with a `Problem` where the gateway does not accept it. */
export async function signIn(key: string): Promise<void> {
  const client = clientWith(key);
  const { data, error, response } = await client.GET('/v1/caller');
  if (data === undefined) throw problemOf(response, error);
  sessionStorage.setItem(STORED, key);
  signedOutBecause.value = '';
  session.value = { key, client, role: data.role, company: data.company };
}

/** Signs out; `because` is shown where it was not the user's wish. */
export function signOut(because = ''): void {
  sessionStorage.removeItem(STORED);
  signedOutBecause.value = because;
  session.value = null;
}

/** Signs in again with the key of this tab, where it has one. */
export async function resume(): Promise<void> {
  const key = sessionStorage.getItem(STORED);
  if (key === null) {
    session.value = null;
    return;
  }
  try {
    await signIn(key);
  } catch (error) {
    signOut(error instanceof Error ? error.message : String(error));
  }
}

/** The session, in code that runs only where there is one. */
export function present(): Session {
  const { value } = session;
  if (value === null || value === undefined) throw new Error('nobody is signed in');
  return value;
}

/** Whether whoever is signed in may change things. */
export const mayChange = (): boolean => ['admin', 'owner'].includes(session.value?.role ?? '');
