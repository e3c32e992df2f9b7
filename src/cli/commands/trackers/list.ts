import { Command, Option } from 'commander';
import { PROVIDERS, VALIDATION_STATUSES, type ProviderName, type Tracker, type ValidationStatus } from '#model/tracker';
import { heardOf } from '../../../store/explain.ts';
import type { TrackerFilter, TrackerRegistry } from '../../../store/tracker-store.ts';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { note, sayJson, sayTable, type Io } from '../../console-io.ts';
import { numberBetween } from '../../number-option.ts';
import { utc, withRegistry } from '../../registry.ts';
import type { Cell } from '../../table.ts';

interface Options {
  provider?: ProviderName;
  status?: ValidationStatus;
  company?: string;
  unregistered?: boolean;
  limit: number;
  after?: string;
  json?: boolean;
}

/** `odograph trackers list`: registered trackers, or idents that were heard and nobody registered. */
export function listCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('list'))
    .description('list trackers')
    .addOption(new Option('-p, --provider <NAME>', 'only those of this provider').choices(PROVIDERS))
    .addOption(new Option('-s, --status <STATUS>', 'only those in this state').choices(VALIDATION_STATUSES))
    .option('--company <ID>', 'only those of this company')
    .option('-u, --unregistered', 'idents that were heard and nobody registered, the last heard first')
    .option('-n, --limit <COUNT>', 'most rows', numberBetween(1, 1_000_000), 100)
    .option('--after <OID>', 'the page behind this oid')
    .option('--json', 'one JSON document');
  return command.action(async (options: Options) => {
    const { config } = configOf(command, io, protocols);
    await withRegistry(config, async (store) => {
      if (options.unregistered === true) await listUnregistered(io, store, options);
      else await listTrackers(io, store, options);
    });
  });
}

async function listTrackers(io: Io, registry: TrackerRegistry, options: Options): Promise<void> {
  const { provider, status, company, after, limit, json } = options;
  const filter: TrackerFilter = { most: limit };
  if (provider !== undefined) filter.provider = provider;
  if (status !== undefined) filter.status = status;
  if (company !== undefined) filter.companyId = company;
  if (after !== undefined) filter.afterOid = after;
  const trackers = await registry.trackers(filter);
  if (json === true) {
    sayJson(io, trackers);
    return;
  }
  const rows = await Promise.all(trackers.map(async (tracker) => rowOf(registry, tracker)));
  sayTable(io, ['tracker id', 'provider', 'type', 'status', 'metres', 'last heard', 'oid'], rows);
  if (trackers.length === limit) note(io, `there may be more: --after ${trackers.at(-1)?.oid ?? ''}`);
}

async function rowOf(registry: TrackerRegistry, tracker: Tracker): Promise<Cell[]> {
  const { oid, trackerId, provider, type, status } = tracker;
  const metres = (await registry.evidenceOf(oid))?.distance.walk.metres;
  const heard = Math.max(...(await heardOf(registry, tracker)).map(({ lastFrameAt }) => lastFrameAt));
  return [
    trackerId,
    provider,
    type,
    status,
    metres === undefined ? null : Math.floor(metres),
    Number.isFinite(heard) ? utc(heard) : 'never',
    oid,
  ];
}

async function listUnregistered(io: Io, registry: TrackerRegistry, { limit, json }: Options): Promise<void> {
  const idents = await registry.unregistered(limit);
  if (json === true) {
    sayJson(io, idents);
    return;
  }
  const rows = idents.map(({ ident, protocol, listener, frames, messages, lastFrameAt, peer }) => {
    return [ident, protocol, listener, frames, messages, utc(lastFrameAt), peer];
  });
  sayTable(io, ['ident', 'protocol', 'listener', 'frames', 'messages', 'last heard', 'from'], rows);
}
