import { Command } from 'commander';
import { Companies, type Company } from '../../registry/companies.ts';
import { configOf, withConfigOptions } from '../config-options.ts';
import { say, sayJson, sayTable, type Io } from '../console-io.ts';
import { numberBetween } from '../number-option.ts';
import { utc, withRegistry } from '../registry.ts';

const MOST_TRACKERS = 100_000_000;
/** Companies read at a time. */
const PAGE = 500;

/** `odograph companies`: who trackers, keys and credentials belong to. */
export function companiesCommand(io: Io, protocols: readonly string[]): Command {
  const command = new Command('companies').description('make companies and see which there are');
  return command.addCommand(createCommand(io, protocols)).addCommand(listCommand(io, protocols));
}

function createCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('create'))
    .description('make a company')
    .argument('<id>', 'its id: lower-case letters, digits and hyphens')
    .option('--name <NAME>', 'its name; the id if not given')
    .option('--max-trackers <COUNT>', 'active trackers it may have; any number if not given', numberBetween(0, MOST_TRACKERS))
    .option('--json', 'one JSON document');
  return command.action(async (id: string, options: { name?: string; maxTrackers?: number; json?: boolean }) => {
    const { config } = configOf(command, io, protocols);
    const { name = id, maxTrackers = null } = options;
    const made = await withRegistry(config, ({ documents }) =>
      new Companies(documents, Date.now).create({ id, name, maxTrackers }),
    );
    if (options.json === true) sayJson(io, made);
    else say(io, `made company ${made.id}; odograph keys create --company ${made.id} makes a key for it`);
  });
}

function listCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('list'))
    .description('list the companies')
    .option('--json', 'one JSON document');
  return command.action(async (options: { json?: boolean }) => {
    const { config } = configOf(command, io, protocols);
    const all = await withRegistry(config, ({ documents }) => allOf(new Companies(documents, Date.now)));
    if (options.json === true) {
      sayJson(io, all);
      return;
    }
    const rows = all.map(({ id, name, maxTrackers, createdAt }) => [id, name, maxTrackers, utc(createdAt)]);
    sayTable(io, ['id', 'name', 'most trackers', 'made'], rows);
  });
}

async function allOf(companies: Companies): Promise<Company[]> {
  const all: Company[] = [];
  for (;;) {
    const page = await companies.list({ afterId: all.at(-1)?.id, most: PAGE });
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}
