import { createInterface } from 'node:readline';
import { Command, Option } from 'commander';
import type { LiveLine, LostLines } from '../../observe/live.ts';
import { configOf, withConfigOptions } from '../config-options.ts';
import { note, say, type Io } from '../console-io.ts';
import { followFeeds } from '../gateway-access.ts';
import { trackersCalled, withRegistry } from '../registry.ts';

interface Options {
  tracker?: string[];
  ident?: string[];
  listener?: string[];
  protocol?: string[];
  faults?: boolean;
  signals?: boolean;
  json?: boolean;
}

/** `odograph tail`: messages as the running gateway takes them in, until it is interrupted. */
export function tailCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('tail'))
    .description('show messages as the running gateway takes them in')
    .option('-t, --tracker <NAME...>', 'only those of these trackers: oid, tracker id, foreign tracker id or serial number')
    .option('-i, --ident <IDENT...>', 'only those under these idents, registered or not')
    .option('-l, --listener <NAME...>', 'only those of these listeners')
    .addOption(new Option('-p, --protocol <NAME...>', 'only those in these protocols'))
    .option('--faults', 'only frames that are in quarantine, with their reason')
    .option('--signals', 'all signals and states, not just their number')
    .option('--json', 'one JSON document a line, as the gateway gives it');
  return command.action(async (options: Options) => {
    const { config } = configOf(command, io, protocols);
    const { tracker = [], ident = [], listener = [], protocol = [], faults, json, signals } = options;
    const oids = await withRegistry(config, async (store) => {
      const found = await Promise.all(tracker.map((name) => trackersCalled(store, name)));
      return found.flat().map(({ oid }) => oid);
    });
    const query = new URLSearchParams(faults === true ? { faults: 'true' } : {});
    for (const name of [...oids, ...ident]) query.append('name', name);
    for (const name of listener) query.append('listener', name);
    for (const name of protocol) query.append('protocol', name);
    const feeds = await followFeeds(config, `/tail?${query.toString()}`);
    await Promise.all(
      feeds.map(async (input) => {
        for await (const text of createInterface({ input })) {
          if (json === true) say(io, text);
          else sayLine(io, JSON.parse(text) as LiveLine | LostLines, signals === true);
        }
      }),
    );
  });
}

function sayLine(io: Io, line: LiveLine | LostLines, withSignals: boolean): void {
  if ('lost' in line) note(io, `${line.lost} lines came faster than they were read and are not shown`);
  else say(io, textOf(line, withSignals));
}

function textOf(
  { receivedAt, ident, protocol, listener, peer, column, fault, message, trackerOid }: LiveLine,
  withSignals: boolean,
): string {
  const head = `${timeOf(receivedAt)}  ${(ident === '' ? '–' : ident).padEnd(15)}  ${protocol.padEnd(16)}`;
  const owner = trackerOid === '' ? ' (not registered)' : '';
  const wrong = fault === null ? '' : `  QUARANTINE ${fault.code}: ${fault.detail}`;
  if (message === null) return `${head}  frame from ${peer} on ${listener}, ${column}${owner}${wrong}`;
  const { position, signals, states, events, observedAt, backlog } = message;
  const place =
    position === null
      ? 'no place'
      : `${position.lat.toFixed(5)},${position.lon.toFixed(5)}${position.valid ? '' : ' (no fix)'}${position.speedKmh === null ? '' : ` ${position.speedKmh.toFixed(0)} km/h`}`;
  const old = backlog ? `  of ${new Date(observedAt).toISOString().slice(0, 19)}Z` : '';
  const happened = events.length === 0 ? '' : `  ${events.join(' ')}`;
  const values = Object.entries({ ...signals, ...states });
  const told = withSignals ? values.map(([key, value]) => `  ${key}=${value}`).join('') : `  ${values.length} values`;
  return `${head}  ${place}${old}${happened}${told}${owner}${wrong}`;
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}
