import { expect, test } from 'vitest';
import { conflictsOf } from './conflicts.ts';
import { configSchema, type Config } from './schema.ts';
import { signIn } from './sign-in-schema.ts';

const rules = [{ claim: 'groups', value: 'fleet', role: 'admin', company: 'acme' }];
const redirectUrl = 'https://fleet.example/console/oidc/callback';
const oidc = (changes: object): object => ({
  issuer: 'https://id.example',
  clientId: 'odograph',
  redirectUrl,
  rules,
  ...changes,
});

test.each([
  ['https://id.example/realms/a', true],
  ['http://127.0.0.1:9000', true],
  ['http://[::1]:9000', true],
  ['http://id.example', false],
  ['id.example', false],
])('%s is an issuer: %s', (issuer, may) => {
  expect(signIn.safeParse({ oidc: oidc({ issuer }) }).success).toBe(may);
});

const conflicts = (settings: object, more: object = {}): string[] =>
  conflictsOf(configSchema.parse({ signIn: { oidc: settings }, ...more }) as Config, {
    protocols: ['teltonika', 'astra-telematics'],
  }).map(({ path, rule }) => `${path.join('.')}: ${rule}`);

test.each<[string, object, string[]]>([
  ['what is right', oidc({}), []],
  [
    'no way back',
    oidc({ redirectUrl: undefined }),
    ['signIn.oidc.redirectUrl: given, because there is no validation.publicUrl'],
  ],
  [
    'two secrets',
    oidc({ clientSecret: 'a', clientSecretFile: 'b' }),
    ['signIn.oidc.clientSecretFile: absent where clientSecret is given'],
  ],
  [
    'half of it',
    { issuer: 'https://id.example', redirectUrl },
    [
      'signIn.oidc.clientId: given, because there is an issuer',
      'signIn.oidc.rules: a list of at least one rule, because there is an issuer',
    ],
  ],
  ['no OpenID', oidc({ scopes: ['email'] }), ['signIn.oidc.scopes: a list with openid in it']],
  [
    'an admin of nothing',
    oidc({ rules: [{ claim: 'a', role: 'admin' }] }),
    ['signIn.oidc.rules.0.company: given, because the role is admin'],
  ],
  [
    'an operator of a company',
    oidc({ rules: [{ claim: 'a', role: 'operator', company: 'acme' }] }),
    ['signIn.oidc.rules.0.company: absent, because an operator belongs to no company'],
  ],
])('%s is told', (_name, settings, rulesBroken) => {
  expect(conflicts(settings)).toEqual(rulesBroken);
});

test('the way back is found below the public address', () => {
  expect(conflicts(oidc({ redirectUrl: undefined }), { validation: { publicUrl: 'https://fleet.example' } })).toEqual([]);
});
