#!/usr/bin/env node
/** The `odograph` command. */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import type { Io } from './cli/console-io.ts';

// Half of a start is reading TypeScript: what Node has made of it is kept beside the packages, where that may be written. Whatever is
// imported before this is not kept, and so the rest of the program is imported after it.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/odograph'));
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
