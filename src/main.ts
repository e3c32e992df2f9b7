#!/usr/bin/env node
/** The `odograph` command. */
import { CODECS } from '#protocols/all';
import packageJson from '../package.json' with { type: 'json' };
import type { Io } from './cli/console-io.ts';
import { program, run } from './cli/program.ts';

const io: Io = { out: process.stdout, err: process.stderr };

// A reader that has seen enough (`odograph query … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(program(io, CODECS, packageJson.version), process.argv.slice(2), io);
