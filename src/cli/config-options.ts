import { Option, type Command } from 'commander';
import { PUSH_DECODERS } from '#protocols/all';
import { loadConfig, type FlagSetting, type LoadedConfig } from '../config/load.ts';
import type { Io } from './console-io.ts';

/** Flags that name a setting, for those that are changed most. Everything else goes through `--set`. */
const NAMED = [
  { flag: '--data-dir', value: 'DIR', path: 'dataDir', means: 'folder for all that the gateway keeps' },
  { flag: '--log-level', value: 'LEVEL', path: 'log.level', means: 'least important lines that are written' },
  { flag: '--log-format', value: 'FORMAT', path: 'log.format', means: 'auto, json or pretty' },
  { flag: '--admin-port', value: 'PORT', path: 'admin.port', means: 'port of /livez, /readyz and /metrics' },
] as const;

type ConfigFlags = { config?: string; set?: string[] } & Record<string, unknown>;

/** Gives a command the options that choose its configuration. */
export function withConfigOptions(command: Command): Command {
  command.option('-c, --config <FILE>', 'configuration file (YAML)');
  for (const { flag, value, means } of NAMED) command.option(`${flag} <${value}>`, means);
  const set = new Option('--set <SETTING=VALUE>', 'any setting, for example spool.budgetBytes=2GiB; may be repeated');
  return command.addOption(set.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]));
}

/** Loads the configuration the command was called with. */
export function configOf(command: Command, io: Io, protocols: readonly string[]): LoadedConfig {
  const options = command.optsWithGlobals<ConfigFlags>();
  const { environment } = io;
  const known = { protocols, pushed: [...PUSH_DECODERS.keys()] };
  return loadConfig({ file: options.config, flags: flagSettings(options), environment, known });
}

function flagSettings(options: ConfigFlags): FlagSetting[] {
  const settings: FlagSetting[] = (options.set ?? []).map((text) => {
    const [path = '', ...value] = text.split('=');
    return { path, text: value.join('='), flag: '--set' };
  });
  for (const { flag, path } of NAMED) {
    const text = options[flag.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];
    if (typeof text === 'string') settings.push({ path, text, flag });
  }
  return settings;
}
