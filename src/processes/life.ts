import { fork } from 'node:child_process';
import type { Order, Report } from './orders.ts';

/** One run of a process, from its start to its end. */
export interface Life {
  readonly pid: number | undefined;
  /** Resolves when it has ended: with its exit code, or the signal it died of. */
  readonly ended: Promise<{ code: number | null; why: string }>;
  order(order: Order): void;
  onReport(listener: (report: Report) => void): void;
  /** Ends it at once. */
  kill(): void;
}

/** Starts a process of the gateway from a module. It ends when this one does. */
export function beginLife(module: URL): Life {
  const child = fork(module, [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Values of the configuration stay what they are.
    serialization: 'advanced',
  });
  const ended = new Promise<{ code: number | null; why: string }>((resolve) => {
    child.once('error', (error) => resolve({ code: null, why: error.message }));
    child.once('exit', (code, signal) =>
      resolve({ code, why: signal === null ? `it ended with ${code}` : `it died of ${signal}` }),
    );
  });
  return {
    get pid() {
      return child.pid;
    },
    ended,
    order: (order) => {
      // It may end at any moment: that is told by its end.
      if (child.connected) child.send(order, () => undefined);
    },
    onReport: (listener) => void child.on('message', (report: Report) => listener(report)),
    kill: () => void child.kill('SIGKILL'),
  };
}
