import { Command } from 'commander';
import { DEFAULT_COMPANY } from '#model/tracker';
import { consentDesk } from '../../../app-consent.ts';
import type { ConsentDesk } from '../../../consent/desk.ts';
import { ruleOf } from '../../../consent/rules.ts';
import { isInTime, stateOf, type Withdrawal } from '../../../consent/withdrawal.ts';
import { openSealedBox } from '../../../secrets/key-file.ts';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { say, sayJson, sayTable, type Io } from '../../console-io.ts';
import { utc, withRegistry } from '../../registry.ts';

/** Options that every command on consents has. */
export interface CommonOptions {
  company: string;
  json?: boolean;
}

/** Makes a command on consents, with the options they all have. */
export function consentsCommand(name: string, description: string): Command {
  return withConfigOptions(new Command(name))
    .description(description)
    .option('--company <ID>', 'company whose data it is; empty for devices that name none', DEFAULT_COMPANY)
    .option('--json', 'one JSON document');
}

/** Opens the registry for one command on consents. */
export async function withDesk<Result>(
  command: Command,
  io: Io,
  protocols: readonly string[],
  use: (desk: ConsentDesk) => Promise<Result>,
): Promise<Result> {
  const { config } = configOf(command, io, protocols);
  const secrets = openSealedBox({ dataDir: config.dataDir, keyFile: config.secrets.keyFile });
  return withRegistry(config, (store) => use(consentDesk(store, secrets, Date.now, () => undefined)));
}

/** Writes a withdrawal out, for people or programs. */
export function sayWithdrawal(io: Io, withdrawal: Withdrawal, json: boolean | undefined): void {
  const now = Date.now();
  const [state, inTime] = [stateOf(withdrawal, now), isInTime(withdrawal, now)];
  const { basis } = ruleOf(withdrawal.protocol);
  if (json === true) {
    sayJson(io, { ...withdrawal, state, inTime, basis });
    return;
  }
  const { lifted, idents, vehicles } = withdrawal;
  const facts: (readonly [string, string])[] = [
    ['id', withdrawal.id],
    ['company', withdrawal.companyId],
    ['state', state],
    ['vehicle', idents?.join(', ') ?? vehicles.join(', ')],
    ['protocol', withdrawal.protocol ?? 'any'],
    ['demand', withdrawal.demand],
    ['cause', withdrawal.cause],
    ['stated by', withdrawal.by],
    ['basis', basis],
    ['stated', utc(withdrawal.statedAt)],
    ['received', utc(withdrawal.received.receivedAt)],
    ['stopped', utc(withdrawal.stoppedAt)],
    ['due', utc(withdrawal.dueAt)],
    ['finished', utc(withdrawal.finishedAt)],
    ['in time', inTime === null ? '' : inTime ? 'yes' : 'no'],
    ['lifted', lifted === null ? '' : `by ${lifted.by} ${utc(lifted.at.receivedAt)}`],
  ];
  sayTable(
    io,
    ['what', 'value'],
    facts.filter(([, value]) => value !== ''),
  );
  if (withdrawal.places.length === 0) return;
  say(io, '');
  const rows = withdrawal.places.map(({ place, gateway, removed, left, finishedAt }) => {
    return [place, gateway, counts(removed), counts(left), utc(finishedAt)];
  });
  sayTable(io, ['place', 'gateway', 'removed', 'left', 'at'], rows);
  for (const kept of new Set(withdrawal.places.flatMap((place) => place.kept))) say(io, `kept: ${kept}`);
}

function counts(of: Readonly<Record<string, number>>): string {
  return Object.entries(of)
    .map(([what, count]) => `${what} ${count}`)
    .join(', ');
}
