/** Rules between settings that are each right by themselves. */
import type { Path } from './schema-tree.ts';
import type { Config } from './schema.ts';

/** A broken rule: the setting to look at first, and what it must be. */
export interface Conflict {
  code: 'config_invalid' | 'config_conflict';
  path: Path;
  rule: string;
  /** All settings the rule reads. If one of them is invalid itself, nothing is said about the relation. */
  reads: readonly Path[];
}

/** Names the configuration may use that belong to other parts of the gateway. */
export interface KnownNames {
  protocols: readonly string[];
}

/** Finds every rule the configuration breaks. */
export function conflictsOf(config: Config, known: KnownNames): Conflict[] {
  return [
    ...listenerConflicts(config),
    ...unknownProtocols(config, known),
    ...storageConflicts(config),
    ...clickhouseConflicts(config),
  ];
}

const conflict = (rule: string, path: Path, ...others: Path[]): Conflict => ({
  code: 'config_conflict',
  path,
  rule,
  reads: [path, ...others],
});

function listenerConflicts(config: Config): Conflict[] {
  const found: Conflict[] = [];
  config.listeners.forEach((listener, index) => {
    const before = config.listeners.slice(0, index);
    const at = (key: string): Path => ['listeners', index, key];
    if (before.some(({ name }) => name === listener.name)) found.push(conflict('a name no other listener has', at('name')));
    if (listener.port !== 0) {
      const twin = before.find(({ port, host }) => port === listener.port && overlap(host, listener.host));
      if (twin) found.push(conflict(`a port that listener ${twin.name} has not taken`, at('port')));
      if (listener.port === config.admin.port && overlap(listener.host, config.admin.host)) {
        found.push(conflict('another port than admin.port', at('port'), ['admin', 'port']));
      }
    }
  });
  return found;
}

/** Two addresses collide when they are the same or one of them is every address. */
function overlap(one: string, other: string): boolean {
  const all = new Set(['0.0.0.0', '::']);
  return one === other || all.has(one) || all.has(other);
}

function unknownProtocols(config: Config, known: KnownNames): Conflict[] {
  const found: Conflict[] = [];
  const check = (names: readonly string[], of: readonly string[], pathOf: (index: number) => Path) => {
    names.forEach((name, index) => {
      const path = pathOf(index);
      if (!of.includes(name)) found.push({ code: 'config_invalid', path, rule: `one of ${of.join(', ')}`, reads: [path] });
    });
  };
  config.listeners.forEach(({ protocols }, index) => {
    check(protocols, known.protocols, (at) => ['listeners', index, 'protocols', at]);
  });
  for (const [provider, { protocols }] of Object.entries(config.providers)) {
    check(protocols, known.protocols, (at) => ['providers', provider, 'protocols', at]);
  }
  return found;
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
  if (clickhouse.waitingRows < clickhouse.batchRows) {
    found.push(conflict('at least clickhouse.batchRows', ['clickhouse', 'waitingRows'], ['clickhouse', 'batchRows']));
  }
  return found;
}
