/** How people sign in to the console. */
import { readFileSync } from 'node:fs';
import { GatewayError } from '#errors/gateway-error';
import type { Clock } from '#model/clocks';
import type { ApiServices } from './api/services.ts';
import type { Config } from './config/schema.ts';
import type { Logger } from './observe/logger.ts';
import type { ApiKeys } from './registry/api-keys.ts';
import { OidcSignIn } from './sign-in/oidc.ts';
import { Sessions } from './sign-in/sessions.ts';
import type { DocumentStore } from './store/document-store.ts';

export interface SignInParts {
  config: Pick<Config, 'signIn'>;
  documents: DocumentStore;
  keys: ApiKeys;
  now: Clock;
}

/** Gives the sessions of the console. */
function sessionsOf({ config, documents, keys, now }: SignInParts): Sessions {
  return new Sessions({ documents, keys, lastMs: config.signIn.sessionMs, now });
}

/** Tells whether what a caller stands and falls with goes on: a key, or a session of the console. */
export function goodProofs(parts: SignInParts): (companyId: string, proof: string) => Promise<boolean> {
  const sessions = sessionsOf(parts);
  return (companyId, proof) => {
    const [, sessionId] = /^session:(.+)$/.exec(proof) ?? [];
    return sessionId === undefined ? parts.keys.isGood(companyId, proof) : sessions.isGood(sessionId);
  };
}

/** Makes what the routes of the sign-in are given. Throws `config_invalid` where the secret of the provider cannot be read. */
export function signInServices({
  config,
  documents,
  keys,
  logger,
  now,
}: SignInParts & { config: Pick<Config, 'validation'>; logger: Logger }): Pick<ApiServices, 'sessions' | 'oidc'> {
  const { oidc } = config.signIn;
  const sessions = sessionsOf({ config, documents, keys, now });
  const { name, issuer, clientId, scopes, rules, clockSkewMs } = oidc;
  if (issuer === undefined || clientId === undefined) return { sessions, oidc: null };
  const redirectUrl = oidc.redirectUrl ?? `${(config.validation.publicUrl ?? '').replace(/\/$/, '')}/console/oidc/callback`;
  const clientSecret = oidc.clientSecretFile === undefined ? oidc.clientSecret : secretIn(oidc.clientSecretFile);
  const onProblem = (problem: string, detail: string): void => {
    logger.warn({ problem, detail }, 'somebody could not sign in at the identity provider');
  };
  const settings = { issuer, clientId, clientSecret, redirectUrl, scopes, rules, clockSkewMs };
  return { sessions, oidc: { name, signIn: new OidcSignIn({ settings, documents, onProblem, now }) } };
}

function secretIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GatewayError('config_invalid', `signIn.oidc.clientSecretFile cannot be read: ${why}`, { cause: error });
  }
}
