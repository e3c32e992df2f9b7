import { Command } from 'commander';
import type { Tracker } from '#model/tracker';
import type { SqliteStore } from '../../../store/sqlite/store.ts';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { say, sayJson, sayTable, type Io } from '../../console-io.ts';
import { heardOf, trackersCalled, utc, withRegistry } from '../../registry.ts';

/** `odograph trackers show`: all that is kept of a tracker. */
export function showCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('show'))
    .description('show all that is kept of a tracker')
    .argument('<tracker>', 'oid, tracker id, foreign tracker id or serial number')
    .option('--json', 'one JSON document');
  return command.action(async (name: string, options: { json?: boolean }) => {
    const { config } = configOf(command, io, protocols);
    await withRegistry(config, async (store) => {
      const found = trackersCalled(store, name);
      if (options.json === true)
        sayJson(
          io,
          found.map((tracker) => everything(store, tracker)),
        );
      else for (const tracker of found) sayTracker(io, store, tracker);
    });
  });
}

function everything(store: SqliteStore, tracker: Tracker): object {
  return {
    tracker,
    transitions: store.transitionsOf(tracker.oid),
    metres: store.evidenceOf(tracker.oid)?.distance.walk.metres ?? null,
    trip: store.tripOf(tracker.oid),
    heard: heardOf(store, tracker),
  };
}

function sayTracker(io: Io, store: SqliteStore, tracker: Tracker): void {
  const { oid, trackerId, provider, type, foreignTrackerId, vehicleType, objectId, status, statusAt, registeredAt } = tracker;
  const metres = store.evidenceOf(oid)?.distance.walk.metres;
  const trip = store.tripOf(oid);
  const facts: (readonly [string, string | null])[] = [
    ['oid', oid],
    ['tracker id', trackerId],
    ['foreign tracker id', foreignTrackerId],
    ['provider', `${provider} (${type})`],
    ['vehicle type', vehicleType],
    ...Object.entries(objectId).map(
      ([key, value]) => [`object ${key}`, typeof value === 'string' ? value : JSON.stringify(value)] as const,
    ),
    ['registered', utc(registeredAt)],
    ['status', `${status} since ${utc(statusAt)}`],
    ['metres', metres === undefined ? null : String(Math.floor(metres))],
    ['last trip', trip === null ? null : `${utc(trip.startAt)} to ${utc(trip.lastAt)}, ${Math.floor(trip.metres)} m`],
    ...heardOf(store, tracker).map(({ ident, lastFrameAt, frames, messages, protocol }) => {
      return [`heard ${ident}`, `${utc(lastFrameAt)}, ${frames} frames, ${messages} messages, ${protocol}`] as const;
    }),
  ];
  sayTable(
    io,
    ['what', 'value'],
    facts.filter(([, value]) => value !== null),
  );
  const history = store.transitionsOf(oid).map(({ at, from, to, cause }) => [utc(at), from, to, cause]);
  say(io, '');
  sayTable(io, ['at', 'from', 'to', 'cause'], history);
}
