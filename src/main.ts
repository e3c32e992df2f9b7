#!/usr/bin/env node
/** The `odograph` command. */
import packageJson from '../package.json' with { type: 'json' };
import { keepCompiled } from './app-compile-cache.ts';
import type { Io } from './cli/console-io.ts';

// The rest of the program is imported after it, so that it is kept.
keepCompiled();
const { CODECS } = await import('#protocols/all');
const { program, run } = await import('./cli/program.ts');

const io: Io = { out: process.stdout, err: process.stderr };

// A reader that has seen enough (`odograph query … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const words = process.argv.slice(2);
process.exitCode = await run(await program(io, CODECS, packageJson.version, words), words, io);
