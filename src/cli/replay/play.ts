import type { Source } from '../../capture/import/index.ts';
import { planOf, play } from '../../replay/play/player.ts';
import type { LineSettings } from '../../replay/play/line.ts';
import type { PlayReport } from '../../replay/play/play-report.ts';
import type { Target } from '../../replay/play/target.ts';
import type { Renaming } from '../../replay/renaming.ts';
import type { DecoderOptions } from '../../replay/session-decoder.ts';
import { note, say, sayJson, sayTable, startProgress, type Io } from '../console-io.ts';
import { CommandFailure } from '../exit-codes.ts';
import { untilStopped } from '../signals.ts';
import { endSource } from '../source-options.ts';

export interface PlayWords {
  target: Target;
  speed: number;
  ackTimeoutMs: number;
  line: LineSettings;
  decoding: DecoderOptions;
  renaming: Renaming;
  json: boolean;
}

/** Plays a capture against a gateway and says what came of it. Throws where something was not sent or not answered as it must. */
export async function playTo(io: Io, open: () => Promise<Source>, words: PlayWords): Promise<void> {
  const { target, speed, ackTimeoutMs, line, decoding, renaming, json } = words;
  const plan = await planOf((await open()).entries);
  const input = await open();
  const stopped = untilStopped();
  const aborted = new AbortController();
  void stopped.promise.then(() => aborted.abort());
  const progress = startProgress(io, 'entries', plan.entries);
  let report: PlayReport;
  try {
    const onProgress = (entries: number): void => progress.update(entries);
    const { signal } = aborted;
    report = await play(input.entries, plan, { target, speed, ackTimeoutMs, line, decoding, renaming, signal, onProgress });
  } finally {
    progress.stop();
    stopped.forget();
  }
  if (json) sayJson(io, jsonOf(report));
  else sayReport(io, report);
  endSource(io, input);
  if (aborted.signal.aborted) throw new CommandFailure('refused', 'stopped before the end of the capture');
  if (!report.isClean)
    throw new CommandFailure(
      report.sessions === 0 && report.skipped.size === 0 ? 'unavailable' : 'refused',
      objectionOf(report),
    );
}

function objectionOf({ replies, acks, unsent, skipped, problems, moreProblems }: PlayReport): string {
  const parts = [
    [replies.missing + acks.missing, 'replies are missing'],
    [replies.different, 'replies differ'],
    [acks.refused, 'messages were refused'],
    [unsent, 'entries were not sent'],
    [[...skipped.values()].reduce((sum, count) => sum + count, 0), 'sessions were left out'],
  ] as const;
  const said = parts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : []));
  return said.length > 0 ? said.join(', ') : `${problems.length + moreProblems} sessions could not be played`;
}

function sayReport(io: Io, report: PlayReport): void {
  const { sessions, entries, frames, bytes, loginsMade, resends, replies, acks, unexpectedBytes, skipped } = report;
  say(io, `${entries} entries of ${sessions} sessions played: ${frames} frames, ${bytes} bytes`);
  say(io, '');
  const rows = [['replies of the protocol', replies.expected, replies.right, replies.missing, replies.different]];
  if (acks.expected > 0) rows.push(['acks of the transport', acks.expected, acks.right, acks.missing, acks.refused]);
  sayTable(io, ['checked', 'due', 'right', 'missing', 'different'], rows);
  if (loginsMade > 0) note(io, `${loginsMade} sessions begin behind their login: one was made for each`);
  if (resends > 0) note(io, `${resends} datagrams were sent again, because no reply came`);
  if (unexpectedBytes > 0) note(io, `${unexpectedBytes} bytes came that nothing asked for`);
  for (const [why, count] of skipped) note(io, `${count} sessions were not played: ${why}`);
  for (const { kind, session, ident, entry, detail } of report.problems) {
    const where = `session ${session || '(unnamed)'}${ident === '' ? '' : ` of ${ident}`}${entry === null ? '' : `, entry ${entry}`}`;
    note(io, `${kind}: ${where}: ${detail}`);
  }
  if (report.moreProblems > 0) note(io, `and ${report.moreProblems} more`);
}

function jsonOf(report: PlayReport): object {
  const { sessions, entries, frames, bytes, loginsMade, resends, replies, acks, unexpectedBytes, unsent, skipped } = report;
  const totals = { sessions, entries, frames, bytes, loginsMade, resends, replies, acks, unexpectedBytes, unsent };
  return { ...totals, skipped: Object.fromEntries(skipped), problems: report.problems, moreProblems: report.moreProblems };
}
