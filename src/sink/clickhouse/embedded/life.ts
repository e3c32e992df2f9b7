import { fork } from 'node:child_process';
import type { EngineReport } from './child.ts';

/** One run of the engine's process, from its start to its end. */
export interface EngineLife {
  /** Process id while it runs, `undefined` afterwards. */
  readonly pid: number | undefined;
  /** Resolves when it has ended, with the reason in words. */
  readonly ended: Promise<string>;
  /** The reason once it has ended, `null` before. */
  readonly reason: string | null;
  /** Ends it at once. */
  kill(why?: string): void;
}

const SAID_CHARACTERS = 4_000;

/** Starts the engine's process with a command line. It dies with this one. */
export function beginLife(words: readonly string[]): EngineLife {
  const child = fork(new URL('child.ts', import.meta.url), [JSON.stringify(words)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // SQL can read the environment of its process: nothing of ours belongs there.
    env: { TZ: 'UTC' },
  });
  let said = '';
  let reason: string | null = null;
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-SAID_CHARACTERS);
  });
  child.on('message', (report: EngineReport) => {
    said = report.ended;
  });
  const ended = new Promise<string>((resolve) => {
    const end = (why: string): void => {
      reason ??= why;
      resolve(reason);
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(said === '' ? `it ended with ${signal ?? code}` : said));
  });
  return {
    get pid() {
      return reason === null ? child.pid : undefined;
    },
    get reason() {
      return reason;
    },
    ended,
    kill(why) {
      if (why !== undefined) said = why;
      child.kill('SIGKILL');
    },
  };
}
