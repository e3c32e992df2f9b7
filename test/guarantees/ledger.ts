/** Ways to break the rules of `docs/specs/ledger.md`. */
import type { Breakage, Edit } from './breakage.ts';

const edit =
  (file: string) =>
  (find: string, put: string): Edit => ({ file: `src/${file}.ts`, find, put });
const ledger = edit('observe/ledger');
const held = edit('spool/held');
const runner = edit('pipeline/runner');
const outcome = edit('pipeline/outcome');
const retry = edit('quarantine/retry');
const reading = edit('reading/quarantine');
const audit = edit('audit/audit');
const unit = (file: string, name: string): Breakage['test'] => ({ file: `src/${file}.test.ts`, name });
const ledgerTest = (name: string): Breakage['test'] => unit('observe/ledger', name);
const runnerTest = (name: string): Breakage['test'] => unit('pipeline/runner', name);
const quarantineTest = (name: string): Breakage['test'] => ({ file: 'test/flow/quarantine.test.ts', name });
const auditTest = (name: string): Breakage['test'] => ({ file: 'test/slow/audit.test.ts', name });
const OVER_A_KILL: Breakage['test'] = {
  file: 'test/flow/ledger.test.ts',
  name: 'counts every frame in one column, goes on over a kill, and knows a resend after it',
};
const IN_THE_SPOOL: Breakage['test'] = {
  file: 'test/flow/ledger.test.ts',
  name: 'says of frames that wait in the spool that they are in flight, and the spool says so itself',
};

export const LEDGER_BREAKAGES: readonly Breakage[] = [
  {
    rule: 1,
    breaks: 'counts a frame in quarantine as stored as well',
    edits: [
      runner(
        '    this.#waiting.add(seq, listener, protocol, column);',
        "    this.#waiting.add(seq, listener, protocol, column);\n    if (column === 'quarantined') this.#waiting.add(seq, listener, protocol, 'stored');",
      ),
    ],
    test: OVER_A_KILL,
  },
  {
    rule: 1,
    breaks: 'leaves what is refused in flight',
    edits: [ledger('    counts.refused++;\n', '')],
    test: ledgerTest('counts each frame in one column and the rest in flight'),
  },
  {
    rule: 2,
    breaks: 'counts nothing that the spool holds',
    edits: [held('    (this.#frames[number] as HeldFrames).frames++;\n', '')],
    test: unit('spool/held', 'is counted by listener and protocol until it is taken on, in order'),
  },
  {
    rule: 2,
    breaks: 'takes what it says is in flight for what is held',
    edits: [
      edit('app')(
        'held: () => [...this.#spool.held.counts(), ...(this.#runner?.held ?? [])],',
        'held: () => this.ledger.snapshot().map((row) => ({ ...row, frames: 0 })),',
      ),
    ],
    test: IN_THE_SPOOL,
  },
  {
    rule: 2,
    breaks: 'believes itself what is in flight, whatever is held',
    edits: [ledger('if (frames !== inFlight) wrong.push', 'if (frames < 0) wrong.push')],
    test: ledgerTest('balances only against what is really held'),
  },
  {
    rule: 2,
    breaks: 'does not look at what is held and never came in',
    edits: [ledger('if (frames !== 0) wrong.push', 'if (frames < 0) wrong.push')],
    test: ledgerTest('shows a frame that ended twice, and one that is held but never came in'),
  },
  {
    rule: 3,
    breaks: 'takes a record that vanished for one that the disk has spoiled',
    edits: [runner('this.#isBehindCorrupt || isCorrupt ? taken', 'taken.length > 0 ? taken')],
    test: runnerTest('misses a record that vanishes: nobody holds it, and it is in no column'),
  },
  {
    rule: 3,
    breaks: 'goes on to hold a record that was passed over',
    edits: [
      held(
        '      for (; block.from < BLOCK && firstSeq + block.from <= through; block.from++) {',
        '      block.from = Math.max(block.from, Math.min(through - firstSeq, BLOCK - 1));\n' +
          '      for (; block.from < BLOCK && firstSeq + block.from <= through; block.from++) {',
      ),
    ],
    test: unit('spool/held', 'goes by positions: what was passed over is given with what came behind it'),
  },
  {
    rule: 4,
    breaks: 'goes on to hold what was never durable',
    edits: [held('      for (let i = Math.max(from, seq - firstSeq); i < BLOCK; i++) this.#drop(owners, i);\n', '')],
    test: unit('spool/held', 'forgets what was never durable, and goes on behind it'),
  },
  {
    rule: 4,
    breaks: 'counts a frame nowhere whose sync has failed',
    edits: [edit('session/frame-intake')("        ledger.refused(listener, codec.name, 'spool_io');\n", '')],
    test: unit(
      'session/stream-session',
      'sends no reply for a frame whose sync fails, counts it as refused and cuts the device off',
    ),
  },
  {
    rule: 5,
    breaks: 'counts what the disk has spoiled as one frame of nobody',
    edits: [
      runner('isCorrupt ? taken.slice(0, isCorrupt ? taken.length : -1) : [];', 'isCorrupt ? [] : [];'),
      runner('    if (isCorrupt && seq > recoveredThrough) return;\n', ''),
    ],
    test: runnerTest('settles what a corrupt range has swallowed under those who had sent it'),
  },
  {
    rule: 6,
    breaks: 'counts a resend as stored',
    edits: [outcome("stated > 0 && messages.length === 0 ? 'duplicate' : 'stored'", "'stored'")],
    test: OVER_A_KILL,
  },
  {
    rule: 6,
    breaks: 'remembers nothing of its earlier life',
    edits: [
      edit('pipeline/memory')('      this.recent.seen(message.recordIdHi, message.recordIdLo, message.deviceTime);\n', ''),
    ],
    test: runnerTest('knows a resend of what was stored before it was started'),
  },
  {
    rule: 7,
    breaks: 'begins to count anew after a restart',
    edits: [
      edit('app')(
        'checkpoint === null ? new Ledger() : Ledger.fromCheckpoint(checkpoint.ledger as LedgerCheckpoint)',
        'new Ledger()',
      ),
    ],
    test: OVER_A_KILL,
  },
  {
    rule: 7,
    breaks: 'saves the position without what is in the columns',
    edits: [
      edit('spool/checkpoint')(
        '  const content = JSON.stringify(checkpoint);',
        '  const content = JSON.stringify({ ...checkpoint, ledger: null });',
      ),
    ],
    test: unit('spool/budget', 'is there after a restart, with its ledger'),
  },
  {
    rule: 7,
    breaks: 'takes frames that were not settled for received',
    edits: [
      ledger(
        'counts.received = stored + duplicate + quarantined + counts.refused;',
        'counts.received = stored + duplicate + quarantined + counts.refused + Math.min(1, stored);',
      ),
    ],
    test: ledgerTest('after a restart the settled totals go on and what the spool holds counts in again'),
  },
  {
    rule: 7,
    breaks: 'does not count in again what it reads behind the checkpoint',
    edits: [runner('    if (seq <= recoveredThrough) ledger.received(listener, protocol);\n', '')],
    test: IN_THE_SPOOL,
  },
  {
    rule: 8,
    breaks: 'saves refusals with a checkpoint only',
    edits: [ledger('    return isNews ? { rows: [...saved.values()] } : null;', '    return isNews ? null : null;')],
    test: OVER_A_KILL,
  },
  {
    rule: 8,
    breaks: 'saves with the refusals what belongs to a later position',
    edits: [
      ledger('if (settling.includes(code) || merged[code] === frames) continue;', 'if (merged[code] === frames) continue;'),
    ],
    test: ledgerTest('saves refusals between checkpoints without what belongs to a later one'),
  },
  {
    rule: 9,
    breaks: 'writes a frame again each time that it is tried',
    edits: [retry('outcome.messages.filter((message) => !known.has(keyOf(message)))', 'outcome.messages.slice()')],
    test: quarantineTest('are stored once by a codec that is mended, however often they are tried, and then are open no more'),
  },
  {
    rule: 9,
    breaks: 'says of a frame that fails again that it is stored',
    edits: [retry('  if (failure !== null) return { result', '  if (failure === undefined) return { result')],
    test: quarantineTest('say why where they fail again, and stay'),
  },
  {
    rule: 10,
    breaks: 'shows frames to every company',
    edits: [reading('if (companyId !== null) conditions.push', "if (companyId === '') conditions.push")],
    test: quarantineTest('are nothing to another company'),
  },
  {
    rule: 11,
    breaks: 'audits how many rows there are, not which',
    edits: [
      audit(
        '    return !there.has(nameOf(row)) && !refused',
        '    return there.size === 0 && !there.has(nameOf(row)) && !refused',
      ),
    ],
    test: auditTest('names what is missing, brings it back when it is told to, and only once'),
  },
  {
    rule: 11,
    breaks: 'repairs nothing',
    edits: [edit('audit/repair')('      await sink.flush(signal);\n', '      signal.throwIfAborted();\n')],
    test: auditTest('names what is missing, brings it back when it is told to, and only once'),
  },
  {
    rule: 12,
    breaks: 'does not ask what is stored behind the end of the spool',
    edits: [audit('if (written > Math.max(last, storedThrough)) report', 'if (written < 0) report')],
    test: auditTest('tells of frames whose records the spool has lost'),
  },
  {
    rule: 12,
    breaks: 'takes what a merge takes away for duplicates',
    edits: [edit('audit/duplicates')('uniqExact(${but}) - 1', 'count() - 1')],
    test: auditTest('tells rows that a merge takes away from rows that stay twice, and from those that no record says'),
  },
  {
    rule: 12,
    breaks: 'passes over rows that no record says',
    edits: [audit('      noteUnexplained(this.#report, row);\n', '')],
    test: auditTest('tells rows that a merge takes away from rows that stay twice, and from those that no record says'),
  },
];
