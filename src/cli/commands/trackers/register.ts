import { Command, Option } from 'commander';
import { CONNECTION_TYPES, DEFAULT_COMPANY, PROVIDERS, VEHICLE_TYPES, type ProviderName } from '#model/tracker';
import { ADAPTERS } from '../../../providers/all.ts';
import { providerTable, type ProviderTable } from '../../../providers/table.ts';
import { Companies } from '../../../registry/companies.ts';
import { registerTracker, type Registered } from '../../../store/register.ts';
import type { Store } from '../../../store/store.ts';
import { startValidation } from '../../../validation/start.ts';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { say, sayJson, type Io } from '../../console-io.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { objectIdOf, objectOption } from '../../object-option.ts';
import { withRegistry } from '../../registry.ts';

interface Options {
  provider: ProviderName;
  type?: string;
  vehicleType?: string;
  foreignId?: string;
  serial?: string;
  company: string;
  object?: Record<string, string>;
  later?: boolean;
  json?: boolean;
}

/** `odograph trackers register`: makes a tracker known, so that what comes under its idents is its own. */
export function registerCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('register'))
    .description('register a tracker')
    .argument('<tracker-id>', 'IMEI, VIN, plate or what else the provider goes by')
    .addOption(new Option('-p, --provider <NAME>', 'company the data comes through').choices(PROVIDERS).makeOptionMandatory())
    .addOption(new Option('-t, --type <TYPE>', 'connection type, if the provider has several').choices(CONNECTION_TYPES))
    .addOption(new Option('--vehicle-type <TYPE>', 'kind of vehicle').choices(VEHICLE_TYPES))
    .option('--foreign-id <ID>', 'second identity, for example the IMEI of the box where the tracker id is the VIN')
    .option('--serial <NUMBER>', 'serial number of the box, which is looked up as well')
    .addOption(objectOption())
    .addOption(new Option('--company <ID>', 'company that owns it').default(DEFAULT_COMPANY))
    .option('--later', 'leave the validation for a step of its own, as over the HTTP API, also where it could begin at once')
    .option('--json', 'one JSON document');
  return command.action(async (trackerId: string, options: Options) => {
    const { config } = configOf(command, io, protocols);
    const providers = providerTable(config.providers);
    const request = {
      trackerId,
      provider: options.provider,
      type: options.type ?? onlyTypeOf(providers, options.provider),
      vehicleType: options.vehicleType ?? null,
      foreignTrackerId: options.foreignId ?? null,
      objectId: objectIdOf(options),
    };
    const isLater = options.later === true;
    const isAsked = asksForBoxes(providers, options.provider);
    const registered = await withRegistry(config, async (store) => {
      const { id } = await new Companies(store.documents, Date.now).get(options.company);
      const made = await registerTracker(store, providers, request, Date.now, id, isLater || isAsked ? 'later' : 'now');
      return isAsked && !isLater ? validated(store, made) : made;
    });
    if (options.json === true) {
      sayJson(io, registered);
      return;
    }
    const { tracker, next } = registered;
    say(io, `registered ${tracker.trackerId} of ${tracker.provider} as ${tracker.oid}: ${tracker.status}`);
    say(io, `next: ${next}`);
  });
}

/** Whether the provider of a box is asked, with an account of the company, before its data counts. */
function asksForBoxes(providers: ProviderTable, provider: ProviderName): boolean {
  return providers[provider].family === 'hardware' && ADAPTERS[provider].credentialFields !== null;
}

/** Starts the validation, which a running gateway works off. */
async function validated(store: Store, { tracker: { oid, provider } }: Registered): Promise<Registered> {
  const services = { registry: store, documents: store.documents, clock: Date.now };
  const tracker = await startValidation(services, oid, { by: 'registered on the command line' });
  const next = `a running gateway asks ${provider}, with the credentials of the company; trackers why tells what it says`;
  return { tracker, transitions: await store.transitionsOf(oid), next };
}

function onlyTypeOf(providers: ProviderTable, provider: ProviderName): string {
  const { types } = providers[provider];
  if (types.length === 1) return types[0] ?? '';
  throw new CommandFailure('usage', `${provider} has several connection types, --type says which: ${types.join(', ')}`);
}
