import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { forkOptions, onLoadedProcessor, unpinHelpers } from '../load/pinning.ts';
import type { Transport } from '../load/tasks.ts';

/** A server that reads, counts and acknowledges at once, with no decoding and no storing, in a process of its own. */
export class BareServer {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(transport: Transport): Promise<BareServer> {
    const child = fork(join(import.meta.dirname, `bare-${transport}.ts`), [], forkOptions(onLoadedProcessor));
    const [port] = (await once(child, 'message')) as [number];
    if (child.pid !== undefined) unpinHelpers(child.pid);
    return new BareServer(child, port);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
