import type { Command } from 'commander';
import { ERROR_CODES, type ErrorCode } from '#errors/codes';
import type { CodecRegistry } from '#protocols/registry';
import { ALL_QUARANTINED, type QuarantinedFrame } from '../../../reading/quarantine.ts';
import { hexLines } from '../../../replay/output/diff-text.ts';
import { say, sayJson, sayTable, type Io } from '../../console-io.ts';
import { utc } from '../../registry.ts';
import { plain, quarantineCommandOf, withQuarantine } from './access.ts';

/** `odograph quarantine show`: a refused frame with all that is known of it. */
export function showCommand(io: Io, codecs: CodecRegistry): Command {
  const command = quarantineCommandOf('show', 'show a refused frame with all of its bytes')
    .argument('<id>', 'as `list` gives it')
    .option('--json', 'one JSON document');
  return command.action(async (id: string, { json }: { json?: boolean }) => {
    await withQuarantine(command, io, codecs, async (desk) => {
      const frame = await desk.get(ALL_QUARANTINED, id);
      if (json === true) sayJson(io, plain(frame));
      else sayFrame(io, frame);
    });
  });
}

function sayFrame(io: Io, frame: QuarantinedFrame): void {
  const { code, retry, tracker } = frame;
  const facts: (readonly [string, string | number])[] = [
    ['id', frame.id],
    ['received', utc(frame.receivedAt)],
    ['reason', code],
    ['which means', Object.hasOwn(ERROR_CODES, code) ? ERROR_CODES[code as ErrorCode].means : ''],
    ['detail', frame.detail],
    ['ident', frame.ident],
    ['tracker', tracker === null ? '' : `${tracker.trackerId} (${tracker.oid}) of ${tracker.companyId}`],
    ['company', frame.companyId],
    ['protocol', `${frame.protocol}, codec version ${frame.codecVersion}`],
    ['dialect', frame.dialect],
    ['came over', `${frame.transport}, listener ${frame.listener}, from ${frame.peer}, session ${frame.sessionId}`],
    ['where', frame.stored ? '' : 'in the spool: ClickHouse does not have it yet'],
    ['last try', retry === null ? '' : `${utc(retry.at)}: ${retry.result}, codec version ${retry.codecVersion}`],
    [
      'came to',
      retry === null ? '' : retry.code === '' ? `${retry.newMessages} new messages` : `${retry.detail} [${retry.code}]`,
    ],
    ['bytes', frame.frame.length],
  ];
  sayTable(
    io,
    ['what', 'value'],
    facts.filter(([, value]) => value !== ''),
  );
  say(io, `\n${hexLines(Buffer.from(frame.frame).toString('hex')).join('\n')}`);
}
