import { Command } from 'commander';
import type { Tracker, Transition } from '#model/tracker';
import type { Liveness } from '../../../lifecycle/liveness.ts';
import type { TripState } from '../../../lifecycle/trips.ts';
import { heardOf } from '../../../store/explain.ts';
import type { TrackerRegistry } from '../../../store/tracker-store.ts';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { say, sayJson, sayTable, type Io } from '../../console-io.ts';
import { trackersCalled, utc, withRegistry } from '../../registry.ts';

/** `odograph trackers show`: all that is kept of a tracker. */
export function showCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('show'))
    .description('show all that is kept of a tracker')
    .argument('<tracker>', 'oid, tracker id, foreign tracker id or serial number')
    .option('--json', 'one JSON document');
  return command.action(async (name: string, options: { json?: boolean }) => {
    const { config } = configOf(command, io, protocols);
    await withRegistry(config, async (store) => {
      const found: Everything[] = [];
      for (const tracker of await trackersCalled(store, name)) found.push(await everything(store, tracker));
      if (options.json === true) sayJson(io, found);
      else for (const each of found) sayTracker(io, each);
    });
  });
}

interface Everything {
  tracker: Tracker;
  transitions: readonly Transition[];
  metres: number | null;
  trip: TripState | null;
  heard: readonly Liveness[];
}

async function everything(registry: TrackerRegistry, tracker: Tracker): Promise<Everything> {
  return {
    tracker,
    transitions: await registry.transitionsOf(tracker.oid),
    metres: (await registry.evidenceOf(tracker.oid))?.distance.walk.metres ?? null,
    trip: await registry.tripOf(tracker.oid),
    heard: await heardOf(registry, tracker),
  };
}

function sayTracker(io: Io, { tracker, transitions, metres, trip, heard }: Everything): void {
  const { oid, trackerId, provider, type, foreignTrackerId, vehicleType, objectId, status, statusAt, registeredAt } = tracker;
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
    ['metres', metres === null ? null : String(Math.floor(metres))],
    ['last trip', trip === null ? null : `${utc(trip.startAt)} to ${utc(trip.lastAt)}, ${Math.floor(trip.metres)} m`],
    ...heard.map(({ ident, lastFrameAt, frames, messages, protocol }) => {
      return [`heard ${ident}`, `${utc(lastFrameAt)}, ${frames} frames, ${messages} messages, ${protocol}`] as const;
    }),
  ];
  sayTable(
    io,
    ['what', 'value'],
    facts.filter(([, value]) => value !== null),
  );
  const history = transitions.map(({ at, from, to, cause }) => [utc(at), from, to, cause]);
  say(io, '');
  sayTable(io, ['at', 'from', 'to', 'cause'], history);
}
