/** What must hold for all goldens of a codec together. */
import { must, mustEqual, stateDrive, type CodecCheck } from './check.ts';
import { driveChunks, feed, guarded, leftOver, openDrive } from './drive.ts';
import { isStream, stateBytes, type Golden } from './golden.ts';
import { isPlainFrame, type Subject } from './subject.ts';

export const CODEC_CHECKS: readonly CodecCheck[] = [
  { sentence: 'there is a golden that a connection can begin with', run: beginsSomewhere },
  { sentence: 'all goldens in one stream come out as they do alone, in both orders', run: allConcatenated },
  { sentence: 'garbage between all goldens is refused and counted, and costs no frame', run: garbageBetween },
  { sentence: 'two interleaved sessions never leak into each other', run: interleaved },
  { sentence: 'a golden means the same after all others were decoded', run: independentOfOrder },
  { sentence: 'probe decides within 32 bytes, whatever they are', run: probeDecides },
  { sentence: 'says why bytes are not its own where probe calls them a mismatch, and nowhere else', run: mismatchIsSaid },
];

function streamGoldens({ goldens, codec }: Subject): Golden[] {
  return goldens.filter((golden) => isPlainFrame(golden, codec));
}

function beginsSomewhere(subject: Subject): void {
  const begins = streamGoldens(subject).some(({ context }) => context.ident === null);
  const datagrams = subject.goldens.some(({ context }) => !isStream(context.transport));
  must(begins || datagrams, 'no golden has an empty context: nothing was probed');
}

/** The stream goldens grouped by the session they presuppose, each with its bytes. */
function groups(subject: Subject): Golden[][] {
  return [...Map.groupBy(streamGoldens(subject), ({ context }) => JSON.stringify(context)).values()];
}

/** What the goldens give one after the other, each in a drive of its own that knows what those before it said. */
function expectedOf(subject: Subject, goldens: readonly Golden[], gap: number): unknown[] {
  let context = (goldens[0] as Golden).context;
  let at = 0;
  const found: unknown[] = [];
  for (const { bytes } of goldens) {
    at += gap;
    const drive = driveChunks(subject.codec, [bytes], context);
    found.push(...(stateDrive(drive) as { frames: { at: number }[] }).frames.map((frame) => ({ ...frame, at: frame.at + at })));
    at += bytes.length;
    context = drive.context;
    if (drive.closedBy !== null) break;
  }
  return found;
}

function runGroup(subject: Subject, goldens: readonly Golden[], gap: Uint8Array): ReturnType<typeof driveChunks> {
  const stream = Buffer.concat(goldens.flatMap(({ bytes }) => [gap, bytes]));
  const drive = driveChunks(subject.codec, [stream], (goldens[0] as Golden).context);
  const { frames } = stateDrive(drive) as { frames: unknown[] };
  mustEqual(frames, expectedOf(subject, goldens, gap.length), goldens.map(({ name }) => name).join(' + '));
  must(drive.closedBy !== null || leftOver(drive) === 0, `${leftOver(drive)} bytes are left over`);
  return drive;
}

function allConcatenated(subject: Subject): void {
  for (const goldens of groups(subject)) {
    for (const order of [goldens, goldens.toReversed()]) {
      const drive = runGroup(subject, order, new Uint8Array(0));
      must(drive.refused.length === 0, `bytes of good frames are refused: ${drive.refused[0]?.fault.detail}`);
    }
  }
}

function garbageBetween(subject: Subject): void {
  const { garbage } = subject;
  must(garbage.length > 0, 'the codec test names no garbage');
  for (const goldens of groups(subject)) {
    const drive = runGroup(subject, goldens, garbage);
    if (drive.closedBy !== null) continue;
    const refused = drive.refused.reduce((sum, { bytes }) => sum + bytes.length, 0);
    must(refused === garbage.length * goldens.length, `${refused} bytes refused of ${garbage.length * goldens.length} garbage`);
  }
}

/** Feeds two sessions byte by byte in turns; each must end as it does alone. */
function interleaved({ codec, goldens }: Subject): void {
  const streams = goldens.filter(({ context }) => isStream(context.transport));
  for (const [index, one] of streams.entries()) {
    const other = streams[(index + 1) % streams.length] as Golden;
    const drives = [one, other].map(({ context }) => openDrive(codec, context));
    for (let at = 0; at < Math.max(one.bytes.length, other.bytes.length); at++) {
      for (const [side, { bytes }] of [one, other].entries()) {
        if (at < bytes.length) feed(drives[side] as (typeof drives)[number], bytes.subarray(at, at + 1));
      }
    }
    for (const [side, { bytes, context, name }] of [one, other].entries()) {
      const alone = stateDrive(driveChunks(codec, [bytes], context));
      mustEqual(stateDrive(drives[side] as (typeof drives)[number]), alone, `${name}, interleaved`);
    }
  }
}

function independentOfOrder({ codec, goldens }: Subject): void {
  const shuffled = [...goldens.toReversed(), ...goldens, ...goldens.toReversed()];
  for (const { bytes, context, expected, name } of shuffled) {
    mustEqual(stateBytes(codec, bytes, context), expected, `${name}, after others`);
  }
}

const PROBE_BYTES = 32;

/** A golden's first bytes with each of them changed, and runs of one value. */
function firstBytes({ goldens, garbage }: Subject): Uint8Array[] {
  const starts: Uint8Array[] = [0x00, 0x20, 0x7e, 0xff].map((value) => new Uint8Array(PROBE_BYTES).fill(value));
  for (const { bytes } of goldens) {
    const start = new Uint8Array(PROBE_BYTES);
    start.set(bytes.subarray(0, PROBE_BYTES));
    for (let at = 0; at < PROBE_BYTES; at++) {
      const changed = start.slice();
      changed[at] = (changed[at] as number) ^ 0x81;
      starts.push(changed);
    }
  }
  starts.push(Uint8Array.from({ length: PROBE_BYTES }, (_, i) => garbage[i % garbage.length] ?? 0));
  return starts;
}

function probeDecides(subject: Subject): void {
  for (const start of firstBytes(subject)) {
    const bytes = guarded(start);
    const probe = subject.codec.probe(new Uint8Array(bytes.buffer), bytes.byteOffset, bytes.byteOffset + PROBE_BYTES);
    must(probe !== 'need-more', `probe wants more than 32 bytes of ${Buffer.from(start).toString('hex')}`);
  }
}

function mismatchIsSaid(subject: Subject): void {
  const { codec } = subject;
  if (codec.mismatch === undefined) return;
  for (const start of firstBytes(subject)) {
    for (const length of [1, 2, 3, 4, 5, 8, 12, PROBE_BYTES]) {
      const bytes = guarded(start.subarray(0, length));
      const memory = new Uint8Array(bytes.buffer);
      const [from, to] = [bytes.byteOffset, bytes.byteOffset + length];
      const probe = codec.probe(memory, from, to);
      const mismatch = codec.mismatch(memory, from, to);
      const where = `of ${Buffer.from(bytes).toString('hex')}`;
      must(
        (mismatch !== null) === (probe === 'mismatch'),
        `probe says ${probe} ${where}, and mismatch ${mismatch?.expected ?? 'nothing'}`,
      );
      if (mismatch === null) continue;
      must(mismatch.offset >= from && mismatch.offset < to, `the mismatch ${where} is at ${mismatch.offset - from}`);
      must(mismatch.expected !== '' && mismatch.found !== '', `the mismatch ${where} is not said in words`);
    }
  }
}
