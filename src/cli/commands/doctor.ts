import { Command } from 'commander';
import { configOf, withConfigOptions } from '../config-options.ts';
import { note, sayJson, sayTable, type Io } from '../console-io.ts';
import { checkDisk } from '../doctor/disk.ts';
import type { Finding } from '../doctor/finding.ts';
import { checkLimits } from '../doctor/limits.ts';
import { checkPorts } from '../doctor/ports.ts';
import { checkClickHouse, checkClock, checkStore } from '../doctor/services.ts';
import { checkSettings } from '../doctor/settings.ts';
import { CommandFailure } from '../exit-codes.ts';

/** `odograph doctor`: looks at everything the promise rests on, and says what to change. */
export function doctorCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('doctor'))
    .description(
      'check disk, clocks, limits, ports, ClickHouse, registry and settings, and say what to change; ends with 1 where something fails',
    )
    .option('--json', 'one JSON document');
  return command.action(async ({ json }: { json?: boolean }) => {
    const { config } = configOf(command, io, protocols);
    const { findings: ports } = await checkPorts(config);
    const findings: Finding[] = [
      ...(await checkDisk(config)),
      checkClock(),
      ...checkLimits(config),
      ...ports,
      ...(await checkClickHouse(config, io)),
      ...(await checkStore(config)),
      ...checkSettings(config),
    ];
    const count = (status: Finding['status']): number => findings.filter((finding) => finding.status === status).length;
    if (json === true) sayJson(io, { ok: count('FAIL') === 0, findings });
    else {
      const rows = findings.map(({ status, area, what, saw, change }) => [status, area, what, saw, change]);
      sayTable(io, ['', 'area', 'what', 'seen', 'to change'], rows);
      note(io, `${count('OK')} well, ${count('WARN')} to be looked at, ${count('FAIL')} failed`);
    }
    if (count('FAIL') > 0) throw new CommandFailure('refused', 'the gateway cannot keep its promise here as it stands');
  });
}
