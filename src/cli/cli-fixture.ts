import { PassThrough } from 'node:stream';
import { CODECS } from '#protocols/all';
import { program, run } from './program.ts';

/** What a command line left behind. */
export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** A stream that nobody reads before the end: whoever writes to it must not wait for that. */
const sink = () => new PassThrough({ highWaterMark: 2 ** 28 });
const text = (stream: PassThrough) => String(stream.read() ?? '');

/** Runs a command line in this process, with an empty environment and streams of its own. For tests. */
export async function odograph(...words: string[]): Promise<Ran> {
  const io = { out: sink(), err: sink(), environment: {} };
  const code = await run(await program(io, CODECS, '1.2.3', words), words, io);
  return { code, out: text(io.out), err: text(io.err) };
}
