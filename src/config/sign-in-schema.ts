import { z } from 'zod';
import { duration, nameOf, secret, text, withDefault, choice } from './fields.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const ISSUER = 'an https:// address; http:// only of this machine';

function isIssuer(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname));
}

const rule = z.strictObject({
  claim: text('Claim that is looked at; dots lead into objects, as in `realm_access.roles`'),
  value: text('Value it must have, or hold in its list; any if not given').optional(),
  role: choice('What they may do: read, change things too, run the gateway, or all of it', [
    'read',
    'admin',
    'operator',
    'owner',
  ]),
  company: nameOf('Company they belong to; an operator belongs to none').optional(),
});

const oidc = z
  .strictObject({
    issuer: text('Address of the provider; what it says of itself is asked for below it. Without it nobody signs in so', ISSUER)
      .refine(isIssuer, { error: ISSUER })
      .optional(),
    name: text('What the button on the sign-in page calls the provider').default('single sign-on'),
    clientId: text('Id under which the provider knows the gateway').optional(),
    clientSecret: secret('Secret of it; none for a public client').optional(),
    clientSecretFile: text('File that holds the secret', 'a path').optional(),
    redirectUrl: text(
      'Where the provider sends browsers back to, as it knows it; `/console/oidc/callback` below `validation.publicUrl` if not given',
      'an http:// or https:// address that ends with /console/oidc/callback',
      /^https?:\/\/[^/\s]+(\/[^\s?#]*)?\/console\/oidc\/callback$/,
    ).optional(),
    scopes: z
      .array(text('Scope'), { error: 'a list of scopes' })
      .default(['openid', 'profile', 'email'])
      .meta({ description: 'What is asked for; `openid` is needed' }),
    rules: z.array(rule, { error: 'a list of rules' }).default([]).meta({
      description: 'Who somebody is, by what the provider says: the first rule that fits counts, and whom none fits is refused',
    }),
    clockSkewMs: withDefault(duration('By how much the clock of the provider may differ', 0, 10 * MINUTE), 30_000),
  })
  .prefault({})
  .meta({ description: 'Sign-in at an identity provider by OpenID Connect, besides that with an API key' });

/** How people sign in to the console. */
export const signIn = z
  .strictObject({
    sessionMs: withDefault(duration('How long somebody stays signed in', MINUTE, 720 * HOUR), 12 * HOUR),
    oidc,
  })
  .prefault({})
  .meta({ description: 'How people sign in to the console' });
