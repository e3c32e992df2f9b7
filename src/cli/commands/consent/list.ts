import type { Command } from 'commander';
import { stateOf, type Withdrawal } from '../../../consent/withdrawal.ts';
import { sayJson, sayTable, type Io } from '../../console-io.ts';
import { utc } from '../../registry.ts';
import { consentsCommand, withDesk, type CommonOptions } from './access.ts';

const PAGE = 500;

/** `odograph consent list`: the withdrawals of a company. */
export function listCommand(io: Io, protocols: readonly string[]): Command {
  const command = consentsCommand('list', 'list the withdrawals of a company, and how far each is');
  return command.action(async ({ company, json }: CommonOptions) => {
    const found = await withDesk(command, io, protocols, async (desk) => {
      const all: Withdrawal[] = [];
      for (;;) {
        const page = await desk.list(company, { afterId: all.at(-1)?.id, most: PAGE });
        all.push(...page);
        if (page.length < PAGE) return all;
      }
    });
    const now = Date.now();
    if (json === true) {
      sayJson(
        io,
        found.map((withdrawal) => ({ ...withdrawal, state: stateOf(withdrawal, now) })),
      );
      return;
    }
    const rows = found.map((withdrawal) => {
      const { id, by, received, dueAt, finishedAt } = withdrawal;
      return [id, stateOf(withdrawal, now), by, utc(received.receivedAt), utc(dueAt), utc(finishedAt)];
    });
    sayTable(io, ['id', 'state', 'stated by', 'received', 'due', 'finished'], rows);
  });
}
