/** Rules between settings that are each right by themselves. */
import { conflict, overlap, type Conflict } from './conflict.ts';
import { processConflicts } from './process-conflicts.ts';
import type { Path } from './schema-tree.ts';
import { waitingRowsOf, type Config } from './schema.ts';

/** Names the configuration may use that belong to other parts of the gateway. */
export interface KnownNames {
  protocols: readonly string[];
  /** Protocols of what clouds push, which come over subscriptions and endpoints, never over a port. */
  pushed?: readonly string[];
}

/** Finds every rule the configuration breaks. */
export function conflictsOf(config: Config, known: KnownNames): Conflict[] {
  return [
    ...listenerConflicts(config),
    ...apiConflicts(config),
    ...signInConflicts(config),
    ...transportConflicts(config),
    ...mqttConflicts(config),
    ...subscriptionConflicts(config),
    ...pushedConflicts(config, known),
    ...unknownProtocols(config, known),
    ...certificateConflicts(config),
    ...storageConflicts(config),
    ...clickhouseConflicts(config),
    ...storeConflicts(config),
    ...webhookConflicts(config),
    ...processConflicts(config),
  ];
}

function listenerConflicts(config: Config): Conflict[] {
  const found: Conflict[] = [];
  config.listeners.forEach((listener, index) => {
    const before = config.listeners.slice(0, index);
    const at = (key: string): Path => ['listeners', index, key];
    if (before.some(({ name }) => name === listener.name)) found.push(conflict('a name no other listener has', at('name')));
    if (listener.port !== 0) {
      const isUdp = listener.transport === 'udp';
      const twin = before.find(({ port, host, transport }) => {
        return port === listener.port && (transport === 'udp') === isUdp && overlap(host, listener.host);
      });
      if (twin) found.push(conflict(`a port that listener ${twin.name} has not taken`, at('port')));
      for (const own of ['admin', 'api'] as const) {
        if (!isUdp && listener.port === config[own].port && overlap(listener.host, config[own].host)) {
          found.push(conflict(`another port than ${own}.port`, at('port'), [own, 'port']));
        }
      }
    }
  });
  return found;
}

function apiConflicts({ admin, api }: Config): Conflict[] {
  const found: Conflict[] = [];
  if (api.port !== 0 && api.port === admin.port && overlap(api.host, admin.host)) {
    found.push(conflict('another port than admin.port', ['api', 'port'], ['admin', 'port']));
  }
  if ((api.certFile === undefined) !== (api.keyFile === undefined)) {
    found.push(conflict('given together with api.certFile, or not at all', ['api', 'keyFile'], ['api', 'certFile']));
  }
  if (api.requireClientCert && api.clientCaFile === undefined) {
    found.push(conflict('false, because there is no api.clientCaFile', ['api', 'requireClientCert'], ['api', 'clientCaFile']));
  }
  if (api.clientCaFile !== undefined && api.certFile === undefined) {
    found.push(conflict('absent, because there is no api.certFile', ['api', 'clientCaFile'], ['api', 'certFile']));
  }
  return found;
}

const ofOidc = (...keys: (string | number)[]): Path => ['signIn', 'oidc', ...keys];

function signInConflicts({ signIn: { oidc }, validation }: Config): Conflict[] {
  if (oidc.issuer === undefined) return [];
  const found: Conflict[] = [];
  if (oidc.redirectUrl === undefined && validation.publicUrl === undefined) {
    found.push(conflict('given, because there is no validation.publicUrl', ofOidc('redirectUrl'), ['validation', 'publicUrl']));
  }
  if (oidc.clientSecret !== undefined && oidc.clientSecretFile !== undefined) {
    found.push(conflict('absent where clientSecret is given', ofOidc('clientSecretFile'), ofOidc('clientSecret')));
  }
  if (oidc.clientId === undefined)
    found.push(conflict('given, because there is an issuer', ofOidc('clientId'), ofOidc('issuer')));
  if (oidc.rules.length === 0) {
    found.push(conflict('a list of at least one rule, because there is an issuer', ofOidc('rules'), ofOidc('issuer')));
  }
  if (!oidc.scopes.includes('openid')) found.push(conflict('a list with openid in it', ofOidc('scopes')));
  oidc.rules.forEach(({ role, company }, index) => {
    const isOperator = role === 'operator';
    if ((company === undefined) === isOperator) return;
    const wanted = isOperator ? 'absent, because an operator belongs to no company' : `given, because the role is ${role}`;
    found.push(conflict(wanted, ofOidc('rules', index, 'company'), ofOidc('rules', index, 'role')));
  });
  return found;
}

/** Transports that have these settings. */
const HAVING = { tls: ['tcp', 'mqtt'], proxyProtocol: ['tcp'], udp: ['udp'], mqtt: ['mqtt'] } as const;

function transportConflicts(config: Config): Conflict[] {
  const found: Conflict[] = [];
  config.listeners.forEach((listener, index) => {
    const at = (...keys: string[]): Path => ['listeners', index, ...keys];
    const { transport, tls } = listener;
    for (const [key, transports] of Object.entries(HAVING)) {
      const given = listener[key as keyof typeof HAVING] !== undefined;
      const isOther = !(transports as readonly string[]).includes(transport);
      if (given && isOther) found.push(conflict(`absent, because transport is ${transport}`, at(key), at('transport')));
    }
    if (tls === undefined) return;
    for (const key of ['requireClientCert', 'identFromClientCert'] as const) {
      if (tls[key] && tls.clientCaFile === undefined) {
        found.push(conflict('false, because there is no tls.clientCaFile', at('tls', key), at('tls', 'clientCaFile')));
      }
    }
    if (tls.identFromClientCert && transport === 'mqtt') {
      found.push(
        conflict('false, because transport is mqtt: see mqtt.certificates', at('tls', 'identFromClientCert'), at('transport')),
      );
    }
  });
  return found;
}

function mqttConflicts(config: Config): Conflict[] {
  const found: Conflict[] = [];
  config.listeners.forEach(({ transport, mqtt, tls }, index) => {
    const at = (...keys: string[]): Path => ['listeners', index, ...keys];
    const mode = at('transport');
    if (transport !== 'mqtt') return;
    if ((mqtt?.credentials ?? []).length === 0 && mqtt?.credentialsFile === undefined && mqtt?.certificates !== true) {
      found.push(conflict('set, with credentials, credentialsFile or certificates: nobody could log in', at('mqtt'), mode));
    }
    if (mqtt?.certificates === true && tls?.clientCaFile === undefined) {
      found.push(conflict('false, because there is no tls.clientCaFile', at('mqtt', 'certificates'), at('tls')));
    }
    const users = new Set<string>();
    (mqtt?.credentials ?? []).forEach(({ username }, member) => {
      const path: Path = ['listeners', index, 'mqtt', 'credentials', member, 'username'];
      if (users.has(username)) found.push(conflict('a user name that no other credential has', path));
      users.add(username);
    });
  });
  return found;
}

function subscriptionConflicts(config: Config): Conflict[] {
  const found: Conflict[] = [];
  config.subscriptions.forEach((subscription, index) => {
    const { name, password, passwordFile, certFile, keyFile } = subscription;
    const at = (key: string): Path => ['subscriptions', index, key];
    const others = [...config.listeners, ...config.subscriptions.slice(0, index)];
    if (others.some((other) => other.name === name)) {
      found.push(conflict('a name no listener and no other subscription has', at('name'), ['listeners']));
    }
    if (password !== undefined && passwordFile !== undefined) {
      found.push(conflict('absent where password is given', at('passwordFile'), at('password')));
    }
    if ((certFile === undefined) !== (keyFile === undefined)) {
      found.push(conflict('given together with certFile, or not at all', at('keyFile'), at('certFile')));
    }
  });
  return found;
}

function unknownProtocols(config: Config, known: KnownNames): Conflict[] {
  const found: Conflict[] = [];
  const all = [...known.protocols, ...(known.pushed ?? [])];
  const check = (names: readonly string[], of: readonly string[], pathOf: (index: number) => Path) => {
    names.forEach((name, index) => {
      const path = pathOf(index);
      if (!of.includes(name)) found.push({ code: 'config_invalid', path, rule: `one of ${of.join(', ')}`, reads: [path] });
    });
  };
  config.listeners.forEach(({ protocols }, index) => {
    check(protocols, known.protocols, (at) => ['listeners', index, 'protocols', at]);
  });
  config.subscriptions.forEach(({ protocols }, index) => {
    check(protocols, all, (at) => ['subscriptions', index, 'protocols', at]);
  });
  for (const [provider, { protocols }] of Object.entries(config.providers)) {
    check(protocols ?? [], all, (at) => ['providers', provider, 'protocols', at]);
  }
  return found;
}

/** What a subscription to a cloud needs: one connection where it is not shared, and topics that tell what is a body. */
function pushedConflicts({ subscriptions }: Config, { pushed = [] }: KnownNames): Conflict[] {
  return subscriptions.flatMap(({ shared, connections, protocols, topics }, index) => {
    const at = (name: string): Path => ['subscriptions', index, name];
    const found: Conflict[] = [];
    if (!shared && connections > 1) {
      found.push(conflict('1 where shared is false: each connection would get every message', at('connections'), at('shared')));
    }
    const isMixed = protocols.length > 1 && protocols.some((name) => pushed.includes(name));
    if (isMixed && topics.some((topic) => !topic.split('/').includes('{protocol}'))) {
      const rule = 'one alone, or topics with {protocol}: the first bytes of a body do not tell its protocol';
      found.push(conflict(rule, at('protocols'), at('topics')));
    }
    return found;
  });
}

function certificateConflicts({ providers }: Config): Conflict[] {
  const { certFile, keyFile } = providers.stellantis.api;
  if ((certFile === undefined) === (keyFile === undefined)) return [];
  const [cert, key]: [Path, Path] = [
    ['providers', 'stellantis', 'api', 'certFile'],
    ['providers', 'stellantis', 'api', 'keyFile'],
  ];
  return certFile === undefined
    ? [conflict('given together with certFile', key, cert)]
    : [conflict('given together with keyFile', cert, key)];
}

function storageConflicts({ spool }: Config): Conflict[] {
  const found: Conflict[] = [];
  if (spool.budgetBytes < 2 * spool.segmentBytes) {
    found.push(conflict('room for two segments at least', ['spool', 'budgetBytes'], ['spool', 'segmentBytes']));
  }
  if (spool.retentionBytes > spool.budgetBytes) {
    found.push(conflict('within spool.budgetBytes', ['spool', 'retentionBytes'], ['spool', 'budgetBytes']));
  }
  return found;
}

function clickhouseConflicts({ clickhouse }: Config): Conflict[] {
  const found: Conflict[] = [];
  const mode: Path = ['clickhouse', 'mode'];
  if (clickhouse.mode === 'server' && clickhouse.url === undefined) {
    found.push(conflict('set, because clickhouse.mode is server', ['clickhouse', 'url'], mode));
  }
  if (clickhouse.mode === 'embedded' && clickhouse.url !== undefined) {
    found.push(conflict('absent, because clickhouse.mode is embedded', ['clickhouse', 'url'], mode));
  }
  if (clickhouse.retryMinMs > clickhouse.retryMaxMs) {
    found.push(conflict('at most clickhouse.retryMaxMs', ['clickhouse', 'retryMinMs'], ['clickhouse', 'retryMaxMs']));
  }
  if (waitingRowsOf(clickhouse) < clickhouse.batchRows) {
    found.push(conflict('at least clickhouse.batchRows', ['clickhouse', 'waitingRows'], ['clickhouse', 'batchRows']));
  }
  return found;
}

/** Settings that only a store in Redis has. */
const OF_REDIS = ['url', 'nodes', 'caFile', 'certFile', 'keyFile', 'username', 'passwordFile'] as const;

function storeConflicts({ store }: Config): Conflict[] {
  const found: Conflict[] = [];
  const kind: Path = ['store', 'kind'];
  if (store.kind === 'sqlite') {
    const foreign = OF_REDIS.filter((name) => store[name] !== undefined);
    return foreign.map((name) => conflict('absent, because store.kind is sqlite', ['store', name], kind));
  }
  if (store.url === undefined && store.nodes === undefined) {
    found.push(conflict('set, or store.nodes, because store.kind is redis', ['store', 'url'], kind, ['store', 'nodes']));
  }
  if (store.url !== undefined && store.nodes !== undefined) {
    found.push(conflict('absent, because store.url is given', ['store', 'nodes'], ['store', 'url']));
  }
  if ((store.certFile === undefined) !== (store.keyFile === undefined)) {
    found.push(conflict('given together with store.certFile, or not at all', ['store', 'keyFile'], ['store', 'certFile']));
  }
  if (!store.tls && store.url?.startsWith('rediss:') !== true) {
    const unused = (['caFile', 'certFile', 'keyFile'] as const).filter((name) => store[name] !== undefined);
    for (const name of unused)
      found.push(conflict('absent without TLS, which rediss:// or store.tls say', ['store', name], ['store', 'url']));
  }
  return found;
}

function webhookConflicts({ webhooks }: Config): Conflict[] {
  if (webhooks.retryMinMs <= webhooks.retryMaxMs) return [];
  return [conflict('at most webhooks.retryMaxMs', ['webhooks', 'retryMinMs'], ['webhooks', 'retryMaxMs'])];
}
