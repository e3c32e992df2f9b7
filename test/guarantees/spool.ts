/** Ways to break the rules of `docs/specs/spool.md`. */
import type { Breakage, Edit } from './breakage.ts';

const inSpool =
  (file: string) =>
  (find: string, put: string): Edit => ({ file: `src/spool/${file}.ts`, find, put });
const diskSpool = inSpool('disk-spool');
const log = inSpool('log');
const reader = inSpool('reader');
const recover = inSpool('recover');
const test = (file: string, name: string): Breakage['test'] => ({ file: `src/spool/${file}.test.ts`, name });
const SPOOL_KILL: Breakage['test'] = {
  file: 'test/slow/spool-kill.test.ts',
  name: 'has every record that it said was durable, whole and in order, each once',
};

export const SPOOL_BREAKAGES: readonly Breakage[] = [
  {
    rule: 1,
    breaks: 'does not wait for the sync of a group',
    edits: [log('    await file.datasync();\n    addMark', '    void file.datasync().catch(() => undefined);\n    addMark')],
    test: test('spool', 'come after the sync, in the order of the appends, and cover everything that arrived before it'),
  },
  {
    rule: 2,
    breaks: 'shows records to readers before they are synced',
    edits: [
      diskSpool(
        '    try {\n      await this.#log.commit(group);',
        '    this.#tail.add(group.block());\n    this.#wakeReaders();\n    try {\n      await this.#log.commit(group);',
      ),
      diskSpool('    this.#tail.add(group.block());\n    const { durable }', '    const { durable }'),
    ],
    test: test('reader', 'sees nothing that is not durable'),
  },
  {
    rule: 3,
    breaks: 'gives every record a sync of its own',
    edits: [
      diskSpool(
        '    this.#pending.add(this.#nextSeq, record, durable, lost);',
        '    this.#pending.add(this.#nextSeq, record, durable, lost);\n    ' +
          'if (this.#flight !== null) {\n      const alone = this.#pending;\n      this.#pending = new Group();\n      ' +
          'this.#flight = this.#flight.then(() => this.#fly(alone));\n    }',
      ),
    ],
    test: test('spool', 'share one sync when their records arrive while another runs'),
  },
  {
    rule: 4,
    breaks: 'gives receipts for a sync that failed',
    edits: [
      diskSpool(
        'const lost = [...group.clear().lost, ...this.#pending.clear().lost];',
        'const lost = [...group.clear().durable, ...this.#pending.clear().durable];',
      ),
    ],
    test: test('spool', 'are never given for a sync that failed, and the records behind it are lost with it'),
  },
  {
    rule: 5,
    breaks: 'lets a callback that throws keep the others from their receipts',
    edits: [
      diskSpool(
        "    tellAll(listeners, (error) => this.#parts.onFault('bug_invariant', `a receipt's callback threw: ${String(error)}`));",
        '    for (const listener of listeners) listener();',
      ),
    ],
    test: test('spool', 'go on when a callback throws'),
  },
  {
    rule: 6,
    breaks: 'writes and syncs the segment again whose sync has failed',
    edits: [
      diskSpool('    await this.#log.abandon();\n', ''),
      diskSpool('        await this.#log.begin(this.#nextSeq);\n        break;', '        break;'),
    ],
    test: test('spool', 'never come from a segment again whose sync has failed: it is neither written nor synced any more'),
  },
  {
    rule: 7,
    breaks: 'gives the numbers of lost records to those that come after them',
    edits: [diskSpool('    this.#failedCommits++;', '    this.#failedCommits++;\n    this.#nextSeq = this.#committedSeq + 1;')],
    test: test('spool', 'does not use the number of a lost record for another'),
  },
  {
    rule: 8,
    breaks: 'passes over what stands behind the records that were lost as well',
    edits: [log('(segment) => segment.lastSeq >= seq)', '(segment) => segment.firstSeq <= seq && segment.lastSeq >= seq)')],
    test: test('reader', 'passes over records whose commit failed'),
  },
  {
    rule: 9,
    breaks: 'passes over what the disk did not let it read',
    edits: [
      reader(
        '      await this.#leavePlace();\n      await new Promise<void>((resolve) => {\n        this.#wake = resolve;',
        '      await this.#leavePlace();\n      this.nextSeq = this.#source.tail.from;\n      await new Promise<void>((resolve) => {\n        this.#wake = resolve;',
      ),
    ],
    test: test('reader', 'tries again when the disk refuses a read'),
  },
  {
    rule: 10,
    breaks: 'cuts the last whole record off at the start',
    edits: [recover('      for (const item of batch) {', '      for (const item of batch.slice(0, -1)) {')],
    test: SPOOL_KILL,
  },
  {
    rule: 11,
    breaks: 'leaves a torn tail where it is',
    edits: [
      recover('    if (report.cutBytes > 0) await file.truncate(endOfRecords);\n', ''),
      recover('    segment.sizeBytes = endOfRecords;\n', ''),
    ],
    test: test('recover', 'cuts a torn tail at whatever byte of the last record it was torn'),
  },
  {
    rule: 12,
    breaks: 'passes over corrupt bytes in silence',
    edits: [
      reader(
        '    return isMissing ? this.#corruptEntry(item.seq, item.offset, item.size) : null;',
        '    return isMissing ? null : null;',
      ),
    ],
    test: test('recover', 'surfaces a record with any byte flipped, and loses none of its neighbours'),
  },
  {
    rule: 13,
    breaks: 'takes a segment whose header is corrupt for that of another spool',
    edits: [recover('candidate.spoolId === null || candidate.spoolId === spoolId', 'candidate.spoolId === spoolId')],
    test: test('recover', 'reads the records of a segment whose header is corrupt'),
  },
  {
    rule: 14,
    breaks: 'does not notice that a segment is missing',
    edits: [
      recover('    if (named !== previousSeq && named !== 0 && !mayBeRetired) {', '    if (mayBeRetired && named < 0) {'),
    ],
    test: test('recover', 'reports a segment that is missing and reads the others'),
  },
  {
    rule: 15,
    breaks: 'reads the segments of another spool as its own',
    edits: [
      recover('everything.filter((candidate) => candidate.spoolId === null || candidate.spoolId === spoolId)', 'everything'),
    ],
    test: test('recover', 'leaves the segments of another spool alone'),
  },
  {
    rule: 16,
    breaks: 'gives records out that it has not synced',
    edits: [recover('    await file.datasync();\n    segment.sizeBytes', '    segment.sizeBytes')],
    test: test('recover', 'gives nothing out that it could not sync first, and lets the directory go'),
  },
  {
    rule: 17,
    breaks: 'begins its numbers anew where all segments are lost',
    edits: [
      recover('Math.max(checkpointSeq + 1, found.at(-1)', 'Math.max(1, found.at(-1)'),
      recover('Math.max(checkpointSeq, segments.at(-1)?.lastSeq ?? 0)', 'segments.at(-1)?.lastSeq ?? 0'),
    ],
    test: test('recover', 'goes on above the checkpoint where all segments are lost'),
  },
  {
    rule: 18,
    breaks: 'takes a new id where the file of the id is lost',
    edits: [recover('found.findLast((candidate) => candidate.spoolId !== null)?.spoolId ?? randomBytes(8)', 'randomBytes(8)')],
    test: test('recover', 'keeps its id by the segments when the file of the id is lost'),
  },
  {
    rule: 19,
    breaks: 'locks nothing',
    edits: [inSpool('lock')('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE', 'PRAGMA busy_timeout = 0')],
    test: test('spool', 'cannot be opened by a second one at the same time'),
  },
  {
    rule: 20,
    breaks: 'removes the old checkpoint before the new one is there',
    edits: [
      inSpool('checkpoint')(
        '  await disk.unlink(next).catch(() => undefined);',
        '  await disk.unlink(next).catch(() => undefined);\n  await disk.unlink(path).catch(() => undefined);',
      ),
    ],
    test: test('budget', 'that cannot be written leaves the one before, and can be tried again'),
  },
  {
    rule: 20,
    breaks: 'keeps the checkpoint in memory only',
    edits: [inSpool('checkpoint')('  await disk.rename(next, path);\n', '')],
    test: test('budget', 'is there after a restart, with its ledger'),
  },
  {
    rule: 21,
    breaks: 'lets a checkpoint go back, or ahead of what is durable',
    edits: [diskSpool('    if (seq < this.#checkpointSeq || seq > this.#committedSeq) {', '    if (Number.isNaN(seq)) {')],
    test: test('budget', 'never goes back, and never ahead of what is durable'),
  },
  {
    rule: 22,
    breaks: 'believes a checkpoint whose checksum does not hold',
    edits: [inSpool('checkpoint')('return crc32(content) === crc ?', 'return crc32(content) !== -crc ?')],
    test: test('recover', 'reads everything again where the checkpoint is unreadable'),
  },
  {
    rule: 23,
    breaks: 'deletes segments whose records are not stored',
    edits: [
      inSpool('retention')('segment.closedAt !== null && segment.lastSeq <= limits.checkpointSeq', 'segment.closedAt !== null'),
    ],
    test: test('retention', 'never deletes the segment that is written to, nor one behind the checkpoint'),
  },
  {
    rule: 24,
    breaks: 'deletes stored segments as soon as they are old',
    edits: [inSpool('retention')('!(isOld && isTooMuch)', '!(isOld || isTooMuch)')],
    test: test('budget', 'deletes stored segments only when they are old and more than the bytes to keep'),
  },
  {
    rule: 25,
    breaks: 'accepts more than its budget',
    edits: [diskSpool('if (!isFull && backlogBytes >= budgetBytes) {', 'if (!isFull && backlogBytes < 0) {')],
    test: test('budget', 'stops the reading of sockets when it is used up, and lets them be read when the checkpoint moves'),
  },
  {
    rule: 26,
    breaks: 'lets any amount wait for a sync',
    edits: [diskSpool('if (bytes >= maxPendingBytes) this', 'if (bytes < 0) this')],
    test: test('budget', 'bounds what waits in memory for a sync'),
  },
  {
    rule: 27,
    breaks: 'gives records before the one a reader begins with',
    edits: [reader('const entry = item.seq < this.nextSeq ? null : await', 'const entry = await')],
    test: test('reader', 'begins at the record it is given, wherever that is'),
  },
  {
    rule: 28,
    breaks: 'forgets at once what it has written, so that readers must read the disk',
    edits: [inSpool('tail')('while (this.#sizeBytes > this.#mostBytes &&', 'while (this.#sizeBytes > 0 &&')],
    test: test('reader', 'that keeps up reads from memory only, and leaves nothing behind there'),
  },
  {
    rule: 29,
    breaks: 'closes without writing what was appended',
    edits: [
      diskSpool(
        "while (this.#flight !== null || (this.#pending.count > 0 && !this.#gate.has('fault'))) {",
        'while (this.#flight !== null) {',
      ),
    ],
    test: test('spool', 'commits what was appended, ends the readers, and lets the directory go'),
  },
  {
    rule: 30,
    breaks: 'does not look at the checksum of a record',
    edits: [
      inSpool('record')(
        "=== crc ? { kind: 'record', seq, size } : CORRUPT",
        "=== -1 ? CORRUPT : { kind: 'record', seq, size }",
      ),
    ],
    test: test('record', 'is no record with any one bit flipped'),
  },
  {
    rule: 31,
    breaks: 'writes a scrubbed segment as it was',
    edits: [
      inSpool('scrub')(
        'await (changed === null ? out.bytes(item.bytes.subarray(item.at, item.at + item.size)) : out.record(item.seq, changed));',
        'await out.bytes(item.bytes.subarray(item.at, item.at + item.size));',
      ),
    ],
    test: test('scrub', 'takes a vehicle out of every stored segment, the one that was written to included, and nothing else'),
  },
  {
    rule: 32,
    breaks: 'scrubs what is not stored yet',
    edits: [inSpool('scrub')('if (closedAt === null || lastSeq > checkpointSeq ||', 'if (closedAt === null ||')],
    test: test('scrub', 'leaves alone what is not stored yet, and takes it once it is'),
  },
  {
    rule: 33,
    breaks: 'deletes a segment before the one that replaces it has its name',
    edits: [
      inSpool('scrub')(
        '      await disk.rename(path, segment.path);',
        '      await disk.unlink(segment.path);\n      await disk.rename(path, segment.path);',
      ),
    ],
    test: test('scrub', 'at any of its steps leaves every record in its place, and is finished by the next one'),
  },
  {
    rule: 34,
    breaks: 'keeps no room aside for a checkpoint to use',
    edits: [inSpool('reserve')('if (!isOutOfRoom(error) || !this.#isKept) throw error;', 'throw error;')],
    test: test('reserve', 'lends its room to work that finds none, once, and is kept again afterwards'),
  },
  {
    rule: 35,
    breaks: 'does not start on a full disk',
    edits: [inSpool('spool')('if (!isOutOfRoom(error)) throw error;', 'throw error;')],
    test: test(
      'reserve',
      'gives out what is there, accepts nothing and says why, and accepts when there is room, with numbers of its own',
    ),
  },
  {
    rule: 36,
    breaks: 'keeps frames for replay though devices wait for their room',
    edits: [
      diskSpool(
        '        if (isOutOfRoom(error)) await this.#betweenCheckpoints(() => this.#retire(this.#log.totalBytes - 1));\n',
        '',
      ),
    ],
    test: test('reserve', 'a full disk takes room from what is kept for replay before it keeps anybody waiting'),
  },
  {
    rule: 37,
    breaks: 'reads no spool of an earlier version',
    edits: [inSpool('segment')('const FORMAT = 1;', 'const FORMAT = 2;')],
    test: test('versions', 'is read whole, and gone on with'),
  },
  {
    rule: 38,
    breaks: 'takes a segment of a later version for one of its own',
    edits: [inSpool('segment')('  if (format !== FORMAT) {', '  if (format < FORMAT) {')],
    test: test('versions', 'is refused, with its name, both versions and what to do, and everything stays as it was'),
  },
];
