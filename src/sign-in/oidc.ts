/**
 * Sign-in at an identity provider by OpenID Connect: authorization code with PKCE, state and nonce, keys by discovery. What a sign-in
 * began with is a document that its callback takes away, so that no callback is good twice, and a cookie binds it to the browser
 * that began it.
 */
import { createHash, randomBytes } from 'node:crypto';
import * as client from 'openid-client';
import type { Clock } from '#model/clocks';
import type { DocumentStore } from '../store/document-store.ts';
import { personOf, saysEnough, type Claims, type ClaimRule } from './claims.ts';
import type { Person } from './sessions.ts';

export interface OidcSettings {
  issuer: string;
  clientId: string;
  /** Absent for a public client. */
  clientSecret?: string | undefined;
  /** Where the provider sends people back to: `/console/oidc/callback` of this gateway, as browsers reach it. */
  redirectUrl: string;
  scopes: readonly string[];
  rules: readonly ClaimRule[];
  /** By how much clocks may differ. */
  clockSkewMs: number;
}

export interface OidcParts {
  settings: OidcSettings;
  documents: DocumentStore;
  /** Called when somebody could not be signed in, with what whoever runs the gateway has to know. */
  onProblem: (problem: SignInProblem, detail: string) => void;
  now: Clock;
}

/** A sign-in that was begun. */
export interface Begun {
  /** Where the browser goes. */
  url: string;
  /** Binds it to the browser. */
  binding: string;
}

/**
 * Why somebody is not signed in: the provider does not answer; it, or the person, has refused; what came back was not asked for here,
 * or too long ago, or before; what it says is not proven; no rule says who they are.
 */
export type SignInProblem = 'away' | 'refused' | 'stale' | 'unproven' | 'nobody';

/** How a sign-in ended. */
type Ended = { person: Person } | { problem: SignInProblem; detail: string };

interface Body {
  state: string;
  nonce: string;
  verifier: string;
  expiresAt: number;
}

const COLLECTION = 'console_sign_ins';
/** Time people have at the provider, ms. */
export const SIGN_IN_MS = 10 * 60_000;
const FORGET_MOST = 100;
/** Longest time for one answer of the provider, seconds. */
const ANSWER_S = 10;

export class OidcSignIn {
  readonly #parts: OidcParts;
  #provider: Promise<client.Configuration> | null = null;

  constructor(parts: OidcParts) {
    this.#parts = parts;
  }

  /** Begins a sign-in; `null` where the provider does not answer. */
  async begin(): Promise<Begun | null> {
    const { settings, documents, now } = this.#parts;
    let provider: client.Configuration;
    try {
      provider = await this.#discovered();
    } catch (error) {
      this.#parts.onProblem('away', messageOf(error));
      return null;
    }
    const at = now();
    for (const { id, revision } of await documents.due(COLLECTION, at, FORGET_MOST)) {
      await documents.remove(COLLECTION, id, revision);
    }
    const verifier = client.randomPKCECodeVerifier();
    const body: Body = { verifier, state: client.randomState(), nonce: client.randomNonce(), expiresAt: at + SIGN_IN_MS };
    const binding = randomBytes(32).toString('base64url');
    const document = { id: idOf(binding), companyId: '', uniqueKey: null, dueAt: body.expiresAt, body };
    await documents.insert(COLLECTION, document);
    const url = client.buildAuthorizationUrl(provider, {
      redirect_uri: settings.redirectUrl,
      scope: settings.scopes.join(' '),
      state: body.state,
      nonce: body.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, binding };
  }

  /** Ends a sign-in with what the provider sent the browser back with. `query` begins with its `?`. */
  async end(binding: string | undefined, query: string): Promise<{ person: Person } | { problem: SignInProblem }> {
    const ended = await this.#end(binding, query);
    if ('problem' in ended) this.#parts.onProblem(ended.problem, ended.detail);
    return ended;
  }

  async #end(binding: string | undefined, query: string): Promise<Ended> {
    const begun = binding === undefined ? null : await this.#take(binding);
    if (begun === null) return { problem: 'stale', detail: 'no sign-in was begun in this browser, or it was ended before' };
    if (begun.expiresAt <= this.#parts.now()) return { problem: 'stale', detail: 'the sign-in took too long' };
    const { settings } = this.#parts;
    try {
      const provider = await this.#discovered();
      const url = new URL(settings.redirectUrl);
      url.search = query;
      const tokens = await client.authorizationCodeGrant(provider, url, {
        pkceCodeVerifier: begun.verifier,
        expectedState: begun.state,
        expectedNonce: begun.nonce,
        idTokenExpected: true,
      });
      return await this.#who(provider, tokens);
    } catch (error) {
      return { problem: problemOf(error), detail: messageOf(error) };
    }
  }

  async #who(
    provider: client.Configuration,
    tokens: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers,
  ): Promise<Ended> {
    const { rules } = this.#parts.settings;
    const stated = tokens.claims();
    if (stated === undefined) return { problem: 'unproven', detail: 'the provider gave no id token' };
    let claims: Claims = stated;
    if (!saysEnough(claims, rules) && provider.serverMetadata().userinfo_endpoint !== undefined) {
      claims = { ...(await client.fetchUserInfo(provider, tokens.access_token, stated.sub)), ...claims };
    }
    const person = personOf(claims, rules);
    if (person !== null) return { person };
    return { problem: 'nobody', detail: `no rule of signIn.oidc.rules fits ${String(claims['sub'])}` };
  }

  /** Takes a sign-in that was begun; `null` where there is none, or somebody has taken it. */
  async #take(binding: string): Promise<Body | null> {
    const { documents } = this.#parts;
    const id = idOf(binding);
    const found = await documents.document<Body>(COLLECTION, id);
    return found !== null && (await documents.remove(COLLECTION, id, found.revision)) ? found.body : null;
  }

  /** What the provider says of itself, asked for once, and again where it did not answer. */
  async #discovered(): Promise<client.Configuration> {
    this.#provider ??= this.#discover();
    try {
      return await this.#provider;
    } catch (error) {
      this.#provider = null;
      throw error;
    }
  }

  async #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret, clockSkewMs } = this.#parts.settings;
    const metadata: Partial<client.ClientMetadata> = {
      [client.clockTolerance]: Math.ceil(clockSkewMs / 1_000),
      ...(clientSecret === undefined ? { token_endpoint_auth_method: 'none' } : { client_secret: clientSecret }),
    };
    // Signatures are checked though TLS has proven the provider: what ends it may not be the provider.
    const execute = [client.enableNonRepudiationChecks];
    // Allowed by the configuration on this machine alone.
    if (issuer.startsWith('http:')) execute.push(client.allowInsecureRequests);
    const authentication = clientSecret === undefined ? client.None() : undefined;
    return client.discovery(new URL(issuer), clientId, metadata, authentication, { execute, timeout: ANSWER_S });
  }
}

function idOf(binding: string): string {
  return createHash('sha256').update(binding).digest('hex');
}

function problemOf(error: unknown): SignInProblem {
  if (error instanceof client.AuthorizationResponseError) return 'refused';
  if (error instanceof client.ResponseBodyError) return error.status >= 500 ? 'away' : 'unproven';
  const { code, name } = error as { code?: unknown; name?: unknown };
  const isAway =
    name === 'TypeError' || name === 'TimeoutError' || code === 'OAUTH_TIMEOUT' || code === 'OAUTH_RESPONSE_IS_NOT_CONFORM';
  return isAway ? 'away' : 'unproven';
}

/** What went wrong, with the cause that a library keeps behind its own words. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return `${error.message}${why}`;
}
