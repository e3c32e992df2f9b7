/**
 * Who uses the console. A key is given to the gateway once and kept nowhere: what is left is a cookie that no script can read and
 * no other site can use. A sign-in at an identity provider ends with the same cookie.
 */
import { signal } from '@preact/signals';
import { client, type Client, type components } from '../api/client.ts';
import { problemOf } from '../api/problem.ts';

type Caller = components['schemas']['Caller'];
export type Role = Caller['role'];

/** Who is signed in, with the client that speaks for them. */
export interface Session {
  client: Client;
  /** A person, or `key` and its id. */
  name: string;
  /** Empty for a person that an identity provider has proven. */
  keyId: string;
  role: Role;
  /** `null` for who runs the gateway. */
  company: { oid: string; name: string } | null;
}

/** `undefined` while the gateway is asked who is signed in, `null` where nobody is. */
export const session = signal<Session | null | undefined>(undefined);

/** Name of the identity provider one can sign in at; `null` where there is none. */
export const provider = signal<string | null>(null);

/** Why somebody was signed out, in words; empty where they wanted it. */
export const signedOutBecause = signal('');

/** Signs in with a key. Rejects with a `Problem` where the gateway does not accept it. */
export async function signIn(key: string): Promise<void> {
  const { data, error, response } = await client.POST('/console/session', { body: { key } });
  if (data === undefined) throw problemOf(response, error);
  signedOutBecause.value = '';
  session.value = sessionOf(data);
}

/** Signs out; `because` is shown where it was not the user's wish. */
export function signOut(because = ''): void {
  signedOutBecause.value = because;
  session.value = null;
  // What cannot be ended now ends by itself.
  client.DELETE('/console/session').catch(() => undefined);
}

/** Asks the gateway who is signed in. */
export async function resume(): Promise<void> {
  try {
    const { data, error, response } = await client.GET('/console/session');
    if (data === undefined) throw problemOf(response, error);
    provider.value = data.provider;
    session.value = data.caller === null ? null : sessionOf(data.caller);
  } catch (error) {
    signedOutBecause.value = error instanceof Error ? error.message : String(error);
    session.value = null;
  }
}

function sessionOf({ name, key_id: keyId, role, company }: Caller): Session {
  return { client, name, keyId, role, company };
}

/** The session, in code that runs only where there is one. */
export function present(): Session {
  const { value } = session;
  if (value === null || value === undefined) throw new Error('nobody is signed in');
  return value;
}

/** Whether whoever is signed in may change things. */
export const mayChange = (): boolean => ['admin', 'owner'].includes(session.value?.role ?? '');

/** Whether whoever is signed in runs the gateway. */
export const runsGateway = (): boolean => ['operator', 'owner'].includes(session.value?.role ?? '');

/** Whether whoever is signed in manages keys, and what is in quarantine. */
export const mayManage = (): boolean => mayChange() || runsGateway();
