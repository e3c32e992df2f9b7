/** What must hold for every golden, whole and cut. */
import type { Message } from '#model/message';
import { SIGNAL_BY_KEY } from '#model/signals';
import { toHex } from '#wire/hex';
import { holdToDecode } from './acknowledgement.ts';
import { must, mustEqual, stateDrive, type GoldenCheck } from './check.ts';
import { driveChunks, guarded, leftOver } from './drive.ts';
import { isStream, stateBytes, type Golden } from './golden.ts';
import { breachesOfModel } from './model-rules.ts';
import { freshContext, samplePositions, type Subject } from './subject.ts';

const always = (): boolean => true;
const inStream = ({ context }: Golden): boolean => isStream(context.transport);
const isFrameInStream = (golden: Golden): boolean => inStream(golden) && golden.expected.kind !== 'refused';

/** A datagram that is none of the protocol need not be recognised. */
const isRecognisable = (golden: Golden): boolean => {
  const { context, expected } = golden;
  if (isStream(context.transport)) return expected.kind !== 'refused';
  return context.transport === 'udp' && !expected.faults.some(({ code }) => code.startsWith('wire_'));
};

/** First bytes within which `probe` must decide. */
const PROBE_BYTES = 32;

export const GOLDEN_CHECKS: readonly GoldenCheck[] = [
  {
    sentence: 'means exactly what its JSON says, reply bytes included',
    applies: always,
    run: ({ codec }, { bytes, context, expected }) => mustEqual(stateBytes(codec, bytes, context), expected, 'statement'),
  },
  { sentence: 'means the same twice and is left unchanged', applies: always, run: decodesTwice },
  { sentence: 'gives bytes to send that are the caller’s own', applies: always, run: givesItsOwnReply },
  { sentence: 'tells a session without decoding what its decode tells', applies: isFrameInStream, run: acknowledgesAlike },
  { sentence: 'says only what the model allows', applies: always, run: saysWhatTheModelAllows },
  { sentence: 'comes out the same one byte at a time', applies: inStream, run: byteAtATime },
  { sentence: 'comes out the same at every two-way split', applies: inStream, run: everySplit },
  { sentence: 'is no frame while a byte is missing', applies: isFrameInStream, run: everyTruncation },
  { sentence: 'is recognised by its first bytes', applies: isRecognisable, run: isProbed },
];

function decodesTwice({ codec }: Subject, { bytes, context }: Golden): void {
  const given = bytes.slice();
  const first = stateBytes(codec, given, context);
  mustEqual(stateBytes(codec, given, context), first, 'second time');
  const frame = guarded(bytes);
  const before = new Uint8Array(frame.buffer).slice();
  codec.probe(frame, 0, frame.length);
  if (first.kind === 'refused') codec.replyToRefused(frame, context);
  else codec.decode(frame, context);
  const memory = new Uint8Array(frame.buffer);
  if (isStream(context.transport)) codec.split(memory, frame.byteOffset, frame.byteOffset + frame.length, context);
  must(Buffer.compare(memory, before) === 0, 'the codec wrote into the bytes it was given');
  // Of a Buffer, `slice` is a view: who takes it for a copy writes into the frame.
  const buffer = Buffer.from(bytes);
  if (first.kind === 'refused') codec.replyToRefused(buffer, context);
  else codec.decode(buffer, context);
  must(Buffer.compare(buffer, bytes) === 0, 'the codec wrote into the Buffer it was given');
}

/** What is sent is queued, masked or encrypted in place by who sends it: a shared constant would be spoiled for all devices. */
function givesItsOwnReply({ codec }: Subject, { bytes, context, expected }: Golden): void {
  const repliesTo = (frame: Uint8Array): (Uint8Array | null)[] => {
    if (expected.kind === 'refused') return [codec.replyToRefused(frame, context)];
    const { reply, refusal } = codec.decode(frame, context);
    return [reply, refusal, codec.acknowledge?.(frame, context)?.reply ?? null];
  };
  const hexes = repliesTo(guarded(bytes)).map((reply) => reply && toHex(reply));
  const frame = guarded(bytes);
  for (const reply of repliesTo(frame)) reply?.fill(0xa5);
  must(Buffer.compare(frame, bytes) === 0, 'a reply is a view on the frame');
  mustEqual(
    repliesTo(guarded(bytes)).map((reply) => reply && toHex(reply)),
    hexes,
    'reply after an earlier one was written into',
  );
}

function acknowledgesAlike({ codec }: Subject, { bytes, context }: Golden): void {
  for (const session of [context, { ...context, ident: null }]) {
    for (const length of [...samplePositions(0, bytes.length), bytes.length]) {
      const frame = guarded(bytes.subarray(0, length));
      holdToDecode(codec, frame, session, codec.decode(frame, session));
    }
  }
}

function byteAtATime({ codec }: Subject, { bytes, context }: Golden): void {
  const whole = stateDrive(driveChunks(codec, [bytes], context));
  const single = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
  mustEqual(stateDrive(driveChunks(codec, single, context)), whole, 'one byte at a time');
}

function everySplit({ codec }: Subject, { bytes, context }: Golden): void {
  const whole = stateDrive(driveChunks(codec, [bytes], context));
  for (const cut of samplePositions(1, bytes.length)) {
    const parts = [bytes.subarray(0, cut), bytes.subarray(cut)];
    mustEqual(stateDrive(driveChunks(codec, parts, context)), whole, `split after ${cut} bytes`);
  }
}

function everyTruncation({ codec }: Subject, { bytes, context }: Golden): void {
  for (const length of samplePositions(1, bytes.length)) {
    const drive = driveChunks(codec, [bytes.subarray(0, length)], context);
    must(drive.frames.length === 0, `the first ${length} of ${bytes.length} bytes are taken for a frame`);
    must(
      drive.refused.length === 0,
      `the first ${length} of ${bytes.length} bytes are refused: ${drive.refused[0]?.fault.detail}`,
    );
    must(leftOver(drive) === length, `of the first ${length} bytes only ${leftOver(drive)} are waited with`);
  }
}

/** A golden that a connection can begin with must match; every prefix of it may only wait or match, and stays matched. */
function isProbed({ codec }: Subject, golden: Golden): void {
  const { bytes, context } = golden;
  if (!isStream(context.transport)) {
    const recognises = codec.probeDatagram?.(guarded(bytes)) ?? codec.probe(bytes, 0, bytes.length) === 'match';
    must(recognises, 'as a datagram it is not recognised: see Codec.probeDatagram');
    return;
  }
  if (context.ident !== freshContext(golden).ident) return;
  let matched = false;
  for (let length = 0; length <= Math.min(PROBE_BYTES, bytes.length); length++) {
    const start = guarded(bytes.subarray(0, length));
    const probe = codec.probe(new Uint8Array(start.buffer), start.byteOffset, start.byteOffset + length);
    must(probe !== 'mismatch', `its first ${length} bytes do not match`);
    must(!matched || probe === 'match', `its first ${length} bytes do not match, though fewer did`);
    matched = probe === 'match';
  }
  must(matched, `probe has not decided after ${Math.min(PROBE_BYTES, bytes.length)} bytes`);
}

/** Quantities of the catalogue that a message states twice: of two values nobody could tell which is meant. */
function statedTwice({ signalKeys, stateKeys }: Message): string[] {
  return [signalKeys, stateKeys].flatMap((keys) => keys.filter((key, i) => SIGNAL_BY_KEY.has(key) && keys.indexOf(key) < i));
}

function saysWhatTheModelAllows({ codec }: Subject, { bytes, context, expected }: Golden): void {
  if (expected.kind === 'refused') {
    for (const { code } of expected.faults)
      must(code.startsWith('wire_'), `a range is refused as ${code}, which is no fault of the wire`);
    return;
  }
  const { messages } = codec.decode(bytes, context);
  for (const [index, message] of messages.entries()) {
    for (const wrong of breachesOfModel(message, codec)) must(false, `message ${index}: ${wrong}`);
    for (const key of statedTwice(message)) must(false, `message ${index}: ${key} is stated twice`);
  }
}
