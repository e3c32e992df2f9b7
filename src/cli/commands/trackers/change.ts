/** `odograph trackers validate`, `update`, `cancel`, `delete` and `clearance`: what changes a registered tracker. */
import { Argument, Command, Option } from 'commander';
import { CONNECTION_TYPES, VEHICLE_TYPES, type Tracker } from '#model/tracker';
import { providerTable, type ProviderTable } from '../../../providers/table.ts';
import { cancelTracker, deleteTracker, updateTracker, type TrackerEdit } from '../../../store/change.ts';
import type { Store } from '../../../store/store.ts';
import { REPORTED_ANSWERS, type ReportedAnswer } from '../../../validation/answers.ts';
import { releaseSoon, reportAnswer, startValidation } from '../../../validation/start.ts';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { say, sayJson, type Io } from '../../console-io.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { numberBetween } from '../../number-option.ts';
import { objectIdOf, objectOption } from '../../object-option.ts';
import { trackerCalled, withRegistry } from '../../registry.ts';

interface Common {
  json?: boolean;
}

const clock = Date.now;

/** What a command is given to change its tracker with. */
interface Change<Options> {
  store: Store;
  providers: ProviderTable;
  tracker: Tracker;
  options: Options;
}

function changeCommand<Options extends Common>(
  command: Command,
  io: Io,
  protocols: readonly string[],
  make: (change: Change<Options>) => Promise<Tracker>,
): Command {
  return command.option('--json', 'one JSON document').action(async (name: string, ...rest: unknown[]) => {
    const options = command.opts<Options>();
    const { config } = configOf(command, io, protocols);
    const providers = providerTable(config.providers);
    const given = typeof rest[0] === 'string' ? { ...options, answer: rest[0] } : options;
    const tracker = await withRegistry(config, async (store) => {
      return make({ store, providers, tracker: await trackerCalled(store, name), options: given });
    });
    if (options.json === true) sayJson(io, tracker);
    else
      say(
        io,
        `${tracker.trackerId} of ${tracker.provider}, ${tracker.oid}: ${tracker.deletedAt === null ? tracker.status : 'deleted'}`,
      );
  });
}

const onTracker = (name: string, means: string): Command =>
  withConfigOptions(new Command(name))
    .description(means)
    .argument('<tracker>', 'oid, tracker id, foreign tracker id or serial number');

/** `odograph trackers validate`: starts the validation, which a running gateway works off. */
export function validateCommand(io: Io, protocols: readonly string[]): Command {
  const command = onTracker('validate', 'have a tracker validated with its provider; a running gateway does it').option(
    '--odo-value <KM>',
    'odometer as the dashboard shows it, km; needed with mercedes-benz',
    numberBetween(0, 10_000_000),
  );
  return changeCommand<Common & { odoValue?: number }>(command, io, protocols, ({ store, tracker, options }) => {
    const services = { registry: store, documents: store.documents, clock };
    return startValidation(services, tracker.oid, { odoKm: options.odoValue ?? null, by: 'asked for on the command line' });
  });
}

interface UpdateOptions extends Common {
  trackerId?: string;
  type?: string;
  vehicleType?: string;
  /** `false` where it is to be taken away. */
  foreignId?: string | false;
  serial?: string;
  object?: Record<string, string>;
}

/** `odograph trackers update`: changes what is registered. */
export function updateCommand(io: Io, protocols: readonly string[]): Command {
  const command = onTracker('update', 'change what is registered of a tracker; a corrected tracker id leads back to pending')
    .option('--tracker-id <ID>', 'the right tracker id, as long as the tracker is not validated')
    .addOption(new Option('-t, --type <TYPE>', 'connection type').choices(CONNECTION_TYPES))
    .addOption(new Option('--vehicle-type <TYPE>', 'kind of vehicle').choices(VEHICLE_TYPES))
    .option('--foreign-id <ID>', 'second identity')
    .option('--no-foreign-id', 'take the second identity away')
    .option('--serial <NUMBER>', 'serial number of the box')
    .addOption(objectOption());
  return changeCommand<UpdateOptions>(command, io, protocols, ({ store, providers, tracker, options }) => {
    const edit = editOf(tracker, options);
    if (Object.keys(edit).length === 0)
      throw new CommandFailure('usage', 'nothing was given to change: --help shows what can be');
    return updateTracker(store, providers, tracker.oid, edit, clock);
  });
}

function editOf({ objectId }: Tracker, options: UpdateOptions): TrackerEdit {
  const { trackerId, type, vehicleType, foreignId } = options;
  const added = objectIdOf(options);
  return {
    ...(trackerId === undefined ? {} : { trackerId }),
    ...(type === undefined ? {} : { type }),
    ...(vehicleType === undefined ? {} : { vehicleType }),
    ...(foreignId === undefined ? {} : { foreignTrackerId: foreignId === false ? null : foreignId }),
    ...(Object.keys(added).length === 0 ? {} : { objectId: { ...objectId, ...added } }),
  };
}

interface WithReason extends Common {
  reason?: string;
}

/** `odograph trackers cancel`: gives a tracker up. */
export function cancelCommand(io: Io, protocols: readonly string[]): Command {
  const command = onTracker('cancel', 'disconnect a tracker; its id may then be registered again').option(
    '--reason <TEXT>',
    'why',
  );
  return changeCommand<WithReason>(command, io, protocols, ({ store, tracker, options }) =>
    ended(store, cancelTracker(store, tracker.oid, options.reason ?? 'cancelled on the command line', clock)),
  );
}

/** `odograph trackers delete`: gives a tracker up and takes it out of the lists. */
export function deleteCommand(io: Io, protocols: readonly string[]): Command {
  const command = onTracker('delete', 'disconnect a tracker and take it out of all lists; its history stays').option(
    '--reason <TEXT>',
    'why',
  );
  return changeCommand<WithReason>(command, io, protocols, ({ store, tracker, options }) =>
    ended(store, deleteTracker(store, tracker.oid, options.reason ?? 'deleted on the command line', clock)),
  );
}

/** A running gateway gives back at the provider what the validation of a tracker has asked for. */
async function ended({ documents }: Store, disconnecting: Promise<Tracker>): Promise<Tracker> {
  const tracker = await disconnecting;
  await releaseSoon({ documents, clock }, tracker.oid);
  return tracker;
}

/** `odograph trackers clearance`: takes down what a provider has answered. */
export function clearanceCommand(io: Io, protocols: readonly string[]): Command {
  const answer = new Argument('<answer>', 'what was answered').choices(Object.keys(REPORTED_ANSWERS));
  const command = onTracker(
    'clearance',
    'report what the owner or the provider has answered, where nobody can be asked by machine',
  )
    .addArgument(answer)
    .option('--reason <TEXT>', 'in their words');
  return changeCommand<WithReason & { answer?: ReportedAnswer }>(command, io, protocols, ({ store, tracker, options }) => {
    const services = { registry: store, documents: store.documents, clock };
    return reportAnswer(services, tracker.oid, options.answer as ReportedAnswer, options.reason ?? '');
  });
}
