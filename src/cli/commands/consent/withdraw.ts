import { Command, Option } from 'commander';
import type { Demand } from '../../../consent/withdrawal.ts';
import type { Io } from '../../console-io.ts';
import { instant } from '../../time-option.ts';
import { consentsCommand, sayWithdrawal, withDesk, type CommonOptions } from './access.ts';

interface Options extends CommonOptions {
  cause: string;
  protocol?: string;
  demand: Demand;
  stated?: number;
}

/** `odograph consent withdraw`: nothing more of a vehicle is kept, and what there is is deleted. */
export function withdrawCommand(io: Io, protocols: readonly string[]): Command {
  const command = consentsCommand('withdraw', 'state that the right to the data of a vehicle has ended')
    .argument('<vehicle>', 'oid of a tracker, or an ident: a VIN, an IMEI')
    .requiredOption('--cause <TEXT>', 'why, for the proof')
    .option('--protocol <NAME>', 'only what comes by this protocol; whatever way if not given')
    .addOption(new Option('--demand <WHAT>', 'whether what there is goes, too').choices(['erase', 'stop']).default('erase'))
    .option('--stated <TIME>', 'when it was stated: ISO 8601, or 2h for two hours ago', instant);
  return command.action(async (vehicle: string, { company, json, cause, protocol, demand, stated }: Options) => {
    const wish = { vehicle, companyId: company, cause, demand, by: 'the command line' };
    const made = await withDesk(command, io, protocols, (desk) =>
      desk.withdraw({ ...wish, protocol: protocol ?? null, statedAt: stated ?? null }),
    );
    sayWithdrawal(io, made, json);
  });
}
