import { Command } from 'commander';
import { EVIDENCE_RULES } from '../../../lifecycle/rules.ts';
import { why } from '../../../lifecycle/why.ts';
import { providerTable } from '../../../providers/table.ts';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { say, sayJson, type Io } from '../../console-io.ts';
import { heardOf, trackersCalled, withRegistry } from '../../registry.ts';

/** `odograph trackers why`: says in words where a tracker stands and what it still lacks. */
export function whyCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('why'))
    .description('say why a tracker is where it is, and what it still lacks')
    .argument('<tracker>', 'oid, tracker id, foreign tracker id or serial number')
    .option('--json', 'one JSON document');
  return command.action(async (name: string, options: { json?: boolean }) => {
    const { config } = configOf(command, io, protocols);
    const providers = providerTable(config.providers);
    await withRegistry(config, async (store) => {
      const explained = trackersCalled(store, name).map((tracker) =>
        why({
          tracker,
          transitions: store.transitionsOf(tracker.oid),
          evidence: store.evidenceOf(tracker.oid),
          heard: heardOf(store, tracker),
          protocols: providers[tracker.provider].protocols,
          rules: EVIDENCE_RULES,
          at: Date.now(),
        }),
      );
      if (options.json === true) sayJson(io, explained);
      else say(io, explained.map(({ lines }) => lines.join('\n')).join('\n\n'));
    });
  });
}
