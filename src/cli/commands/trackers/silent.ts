import { Command, Option } from 'commander';
import { PROVIDERS, type ProviderName } from '#model/tracker';
import { CAUSES } from '../../../lifecycle/causes.ts';
import { evidenceRules } from '../../../lifecycle/rules.ts';
import { providerTable } from '../../../providers/table.ts';
import { silentTrackers, type SilentTracker } from '../../../store/silent.ts';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { note, say, sayJson, sayTable, type Io } from '../../console-io.ts';
import { durationBetween } from '../../duration-option.ts';
import { witnessAt } from '../../gateway-access.ts';
import { numberBetween } from '../../number-option.ts';
import { utc, withRegistry } from '../../registry.ts';

interface Options {
  for: number;
  provider?: ProviderName;
  limit: number;
  json?: boolean;
}

const YEAR_MS = 365 * 86_400_000;

/** `odograph trackers silent`: trackers of which nothing was heard for long, by likely cause. */
export function silentCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('silent'))
    .description('list trackers of which nothing was heard for long, by likely cause')
    .option('--for <TIME>', 'how long nothing was heard, such as 30m, 2h or 3d', durationBetween(0, YEAR_MS), 7_200_000)
    .addOption(new Option('-p, --provider <NAME>', 'only those of this provider').choices(PROVIDERS))
    .option('-n, --limit <COUNT>', 'most trackers, the longest silent first', numberBetween(1, 1_000_000), 1_000)
    .option('--json', 'one JSON document');
  return command.action(async (options: Options) => {
    const { config } = configOf(command, io, protocols);
    const { for: forMs, limit, provider } = options;
    const query = { forMs, most: limit, ...(provider === undefined ? {} : { provider }) };
    const rules = evidenceRules(config.lifecycle);
    const silent = await withRegistry(config, (store) =>
      silentTrackers(store, providerTable(config.providers), rules, query, Date.now, witnessAt(config)),
    );
    if (options.json === true) sayJson(io, silent);
    else sayByCause(io, silent);
  });
}

function sayByCause(io: Io, silent: readonly SilentTracker[]): void {
  const byCause = Map.groupBy(silent, ({ findings }) => findings[0]?.cause ?? 'well');
  const ordered = [...byCause].sort(([, a], [, b]) => b.length - a.length);
  for (const [cause, trackers] of ordered) {
    say(io, `${trackers.length}: ${CAUSES[cause]}`);
    const rows = trackers.map(({ tracker, heard, findings }) => {
      const { trackerId, provider, status } = tracker;
      return [trackerId, provider, status, heard === null ? 'never' : utc(heard.lastFrameAt), findings[0]?.says ?? ''];
    });
    sayTable(io, ['tracker id', 'provider', 'status', 'last heard', 'why'], rows);
    say(io, `Next: ${trackers[0]?.findings[0]?.next ?? ''}\n`);
  }
  note(io, silent.length === 0 ? 'no tracker is silent' : '`trackers why ID` explains each of them');
}
