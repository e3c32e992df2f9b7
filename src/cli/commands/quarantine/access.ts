import { Command, Option } from 'commander';
import { ERROR_CODES } from '#errors/codes';
import { findGatewayError } from '#errors/gateway-error';
import type { CodecRegistry } from '#protocols/registry';
import { codecsOf } from '../../../app-codecs.ts';
import { quarantineDesk } from '../../../app-quarantine.ts';
import type { Config } from '../../../config/schema.ts';
import type { QuarantineDesk } from '../../../quarantine/desk.ts';
import {
  ALL_QUARANTINED,
  placeOfCursor,
  QUARANTINE_STATES,
  type QuarantinedFrame,
  type QuarantineFilter,
  type QuarantinePlace,
  type QuarantineState,
} from '../../../reading/quarantine.ts';
import { spoolFolders } from '../../../processes/folders.ts';
import { openSealedBox } from '../../../secrets/key-file.ts';
import { migrate } from '../../../sink/clickhouse/migrate.ts';
import { withConnection } from '../../clickhouse-access.ts';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { note, type Io } from '../../console-io.ts';
import { CommandFailure, exitForCode } from '../../exit-codes.ts';
import { trackersCalled, withRegistry } from '../../registry.ts';
import { collect, instant } from '../../time-option.ts';

/** Options that say which frames are meant. */
export interface FilterOptions {
  tracker?: string[];
  ident?: string[];
  peer?: string[];
  listener?: string[];
  code?: string[];
  protocol?: string[];
  from?: number;
  to?: number;
  state: QuarantineState;
}

/** Makes a command about frames in quarantine. */
export function quarantineCommandOf(name: string, description: string): Command {
  return withConfigOptions(new Command(name)).description(description);
}

export function withFilterOptions(command: Command, state: QuarantineState): Command {
  return command
    .option('--tracker <NAME>', 'of a tracker: oid, tracker id, foreign tracker id or serial number; may be repeated', collect)
    .option('--ident <IDENT>', 'of a device by what it calls itself; may be repeated', collect)
    .option('--peer <ADDRESS>', 'of this address, with or without its port; may be repeated', collect)
    .option('--listener <NAME>', 'of this listener; may be repeated', collect)
    .addOption(
      new Option('--code <CODE>', 'refused for this reason; may be repeated').argParser((code: string, before?: string[]) => {
        if (!Object.hasOwn(ERROR_CODES, code))
          throw new CommandFailure('usage', `no reason is called ${code}: see docs/ERRORS.md`);
        return collect(code, before);
      }),
    )
    .option('--protocol <NAME>', 'of this protocol; may be repeated', collect)
    .option('--from <TIME>', 'received at this time or later: ISO 8601, or 2h for two hours ago', instant)
    .option('--to <TIME>', 'received before this time', instant)
    .addOption(
      new Option('--state <STATE>', 'open: not read yet; retried: read by a later try')
        .choices(QUARANTINE_STATES)
        .default(state),
    );
}

/** What is meant by the options. */
export function filterOf(options: FilterOptions, trackerOids: readonly string[]): QuarantineFilter {
  const { ident = [], peer = [], listener = [], code = [], protocol = [], from = null, to = null, state } = options;
  const lists = { idents: ident, peers: peer, listeners: listener, codes: code, protocols: protocol, trackerOids };
  return { ...ALL_QUARANTINED, ...lists, from, to, state };
}

/** Finds the trackers that the options name. */
export function trackerOidsOf(config: Config, { tracker = [] }: FilterOptions): Promise<string[]> {
  if (tracker.length === 0) return Promise.resolve([]);
  return withRegistry(config, async (store) => {
    const found = await Promise.all(tracker.map((name) => trackersCalled(store, name)));
    return found.flat().map(({ oid }) => oid);
  });
}

export function placeAt(cursor: string | undefined): QuarantinePlace | null {
  const place = cursor === undefined ? null : placeOfCursor(cursor);
  if (place === null && cursor !== undefined)
    throw new CommandFailure('usage', `${cursor} is no cursor that this command has given`);
  return place;
}

/** Opens the quarantine for one command: of whatever ClickHouse the configuration names, beside a running gateway or without one. */
export async function withQuarantine<Result>(
  command: Command,
  io: Io,
  codecs: CodecRegistry,
  use: (desk: QuarantineDesk, config: Config) => Promise<Result>,
): Promise<Result> {
  const { config } = configOf(command, io, [...codecs.keys()]);
  const secrets = openSealedBox({ dataDir: config.dataDir, keyFile: config.secrets.keyFile });
  return withRegistry(config, (store) =>
    withConnection(config, io, async (connection) => {
      await migrate(connection).catch((error: unknown) => unreachable(error));
      const reached = { rows: () => connection, connection: () => connection };
      const found = { spools: spoolFolders(config), notBefore: () => 0 };
      const parts = { config, codecs: codecsOf(config), store, secrets, ...reached, ...found, now: Date.now };
      return use(quarantineDesk(parts), config);
    }),
  );
}

function unreachable(cause: unknown): never {
  const found = findGatewayError(cause);
  if (found !== undefined) throw new CommandFailure(exitForCode(found.code), found.message, { cause });
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new CommandFailure('unavailable', `ClickHouse does not answer: ${why}`, { cause });
}

/** A frame as plain JSON. */
export function plain(frame: QuarantinedFrame): object {
  const { frame: bytes, receivedAt, retry, ...facts } = frame;
  return {
    ...facts,
    receivedAt: new Date(receivedAt).toISOString(),
    retry: retry === null ? null : { ...retry, at: new Date(retry.at).toISOString() },
    hex: Buffer.from(bytes).toString('hex'),
  };
}

/** Tells that there is more. */
export function noteMore(io: Io, next: string | null): void {
  if (next !== null) note(io, `there is more: --after ${next}`);
}
