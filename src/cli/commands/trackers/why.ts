import { Command } from 'commander';
import { evidenceRules } from '../../../lifecycle/rules.ts';
import type { Why } from '../../../lifecycle/why.ts';
import { providerTable } from '../../../providers/table.ts';
import { explainStranger, explainTracker } from '../../../store/explain.ts';
import { validationOf } from '../../../validation/document.ts';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { say, sayJson, type Io } from '../../console-io.ts';
import { witnessAt } from '../../gateway-access.ts';
import { trackersCalled, withRegistry } from '../../registry.ts';

/** `odograph trackers why`: says in words where a tracker stands and what it still lacks. */
export function whyCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('why'))
    .description('say why a tracker is where it is, and what it still lacks')
    .argument('<tracker>', 'oid, tracker id, foreign tracker id or serial number; or an ident that nobody registered')
    .option('--json', 'one JSON document');
  return command.action(async (name: string, options: { json?: boolean }) => {
    const { config } = configOf(command, io, protocols);
    const providers = providerTable(config.providers);
    const rules = evidenceRules(config.lifecycle);
    const witness = witnessAt(config);
    await withRegistry(config, async (store) => {
      if ((await store.trackersCalled(name)).length === 0) {
        const stranger = await explainStranger(store, name, Date.now, witness);
        if (stranger !== null) {
          say(io, options.json === true ? JSON.stringify({ ident: name, lines: stranger }, null, 2) : stranger.join('\n'));
          return;
        }
      }
      const explained: Why[] = [];
      for (const { oid } of await trackersCalled(store, name)) {
        explained.push(
          await explainTracker(store, providers, rules, oid, Date.now, witness, (of) => validationOf(store.documents, of)),
        );
      }
      if (options.json === true) sayJson(io, explained);
      else say(io, explained.map(({ lines }) => lines.join('\n')).join('\n\n'));
    });
  });
}
