/** An identity provider in this process: a real one, with people who say by their name who they are. */
import { createSign, generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider, type Configuration } from 'oidc-provider';

export const CLIENT = { id: 'odograph', secret: 'the secret of the gateway, long enough for HS256' };

const keys = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2_048 });

/** Whose signature a token is given: the provider's, that of a key nobody knows, or the one it had. */
export type Signer = 'provider' | 'stranger' | 'none';

/** Makes a token that says something else than it did. */
export function resaid(token: string, claims: object, signer: Signer): string {
  const [head = '', body = '', signature = ''] = token.split('.');
  const said = { ...(JSON.parse(Buffer.from(body, 'base64url').toString()) as object), ...claims };
  const text = `${head}.${Buffer.from(JSON.stringify(said)).toString('base64url')}`;
  if (signer === 'none') return `${text}.${signature}`;
  const { privateKey } = signer === 'provider' ? keys : stranger;
  return `${text}.${createSign('sha256').update(text).sign(privateKey, 'base64url')}`;
}

/** How a provider behaves that is not to be believed. */
export interface Mischief {
  /** Changes what it answers to the exchange of a code. */
  tokens?: (answer: Record<string, unknown>) => Record<string, unknown>;
}

/** What it says of people by their login. */
const PEOPLE: Readonly<Record<string, object>> = {
  ana: { email: 'ana@acme.example', groups: ['fleet', 'fleet-admins'] },
  otto: { email: 'otto@host.example', groups: ['gateway'] },
  zoe: { email: 'zoe@elsewhere.example', groups: [] },
};

export class IdentityProvider {
  readonly issuer: string;
  readonly mischief: Mischief = {};
  readonly #server: Server;

  private constructor(server: Server, issuer: string) {
    this.#server = server;
    this.issuer = issuer;
  }

  /** Starts it for a gateway whose callback is at `redirectUrl`. */
  static async start(redirectUrl: string): Promise<IdentityProvider> {
    let started: IdentityProvider | null = null;
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const handle = new Provider(issuer, settingsFor(redirectUrl)).callback();
    server.on('request', (request, response) => {
      const tamper = request.url?.startsWith('/token') === true ? started?.mischief.tokens : undefined;
      if (tamper === undefined) return void handle(request, response);
      const end = response.end.bind(response);
      response.end = ((body: Buffer | string) => {
        const text = JSON.stringify(tamper(JSON.parse(String(body)) as Record<string, unknown>));
        response.setHeader('content-length', Buffer.byteLength(text));
        return end(text);
      }) as typeof response.end;
      return void handle(request, response);
    });
    started = new IdentityProvider(server, issuer);
    return started;
  }

  /** Goes through its pages as somebody would in a browser: signs in, agrees, and gives the address one is sent back to. */
  async signIn(url: string, login: string): Promise<string> {
    const jar = new Map<string, string>();
    let at = url;
    for (let step = 0; step < 12; step++) {
      const { status, headers, text } = await ask(at, jar);
      const location = headers.get('location');
      if (status >= 300 && status < 400 && location !== null) {
        at = new URL(location, at).href;
        if (!at.startsWith(this.issuer)) return at;
        continue;
      }
      const [, action = ''] = /action="([^"]+)"/.exec(text) ?? [];
      const [, prompt = ''] = /name="prompt" value="([^"]+)"/.exec(text) ?? [];
      const form = new URLSearchParams({ prompt, login, password: 'x' });
      const posted = await ask(new URL(action, at).href, jar, form);
      at = new URL(posted.headers.get('location') ?? '', at).href;
    }
    throw new Error('the provider lets nobody in');
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function settingsFor(redirectUrl: string): Configuration {
  return {
    clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUrl] }],
    claims: { openid: ['sub'], email: ['email', 'groups'] },
    scopes: ['openid', 'profile', 'email'],
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
    jwks: { keys: [{ ...keys.privateKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' }] as never },
    cookies: { keys: ['only for tests'] },
    // Its own pages of sign-in and consent.
    features: { devInteractions: { enabled: true } },
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
    conformIdTokenClaims: true,
  };
}

async function ask(url: string, jar: Map<string, string>, form?: URLSearchParams) {
  const response = await fetch(url, {
    redirect: 'manual',
    headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
    ...(form === undefined ? {} : { method: 'POST', body: form }),
  });
  for (const cookie of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    jar.set(name, value);
  }
  return { status: response.status, headers: response.headers, text: await response.text() };
}
