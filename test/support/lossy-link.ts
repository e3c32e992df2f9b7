import { execFileSync } from 'node:child_process';

/** A small part of 198.18.0.0/15, which is for measurements (RFC 2544) and nobody's network; another one for each process. */
const NETWORK = `198.18.${process.pid % 256}`;
const FIRST = 4 * (Math.trunc(process.pid / 256) % 64);
const HERE = `${NETWORK}.${FIRST + 1}`;
const THERE = `${NETWORK}.${FIRST + 2}`;

const run = (program: string, ...words: string[]): void => void execFileSync(program, words, { stdio: 'pipe' });

export interface LossyLinkOptions {
  /** Packets lost, each way, in a hundred. */
  lossPercent: number;
  /** What the far end may send, so that packets queue up and are late. */
  sendsKbit: number;
}

/**
 * A network namespace that reaches this machine only over a link that loses packets and is slow: nftables drop them, a token bucket
 * holds them up. (Not every kernel has netem.)
 */
export class LossyLink {
  /** Address of this machine, as it is reached from there. */
  readonly address = HERE;
  readonly #name = `odograph-${process.pid}`;

  private constructor({ lossPercent, sendsKbit }: LossyLinkOptions) {
    const near = `odo${process.pid % 100_000}a`;
    const far = `odo${process.pid % 100_000}b`;
    const there = (...words: string[]): void => run('ip', 'netns', 'exec', this.#name, ...words);
    run('ip', 'netns', 'add', this.#name);
    run('ip', 'link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', this.#name);
    run('ip', 'address', 'add', `${HERE}/30`, 'dev', near);
    run('ip', 'link', 'set', near, 'up');
    there('ip', 'address', 'add', `${THERE}/30`, 'dev', far);
    there('ip', 'link', 'set', far, 'up');
    there('tc', 'qdisc', 'add', 'dev', far, 'root', 'tbf', 'rate', `${sendsKbit}kbit`, 'burst', '3000', 'latency', '400ms');
    there('nft', 'add table inet rough');
    for (const way of ['input', 'output']) {
      there('nft', `add chain inet rough ${way} { type filter hook ${way} priority 0; }`);
      there('nft', `add rule inet rough ${way} numgen random mod 100 < ${lossPercent} counter drop`);
    }
  }

  static open(options: LossyLinkOptions): LossyLink {
    return new LossyLink(options);
  }

  /** Words before those that start a process there. */
  get through(): string[] {
    return ['ip', 'netns', 'exec', this.#name];
  }

  /** Packets dropped so far. */
  get lost(): number {
    const rules = execFileSync('ip', ['netns', 'exec', this.#name, 'nft', 'list', 'table', 'inet', 'rough'], {
      encoding: 'utf8',
    });
    return [...rules.matchAll(/counter packets (\d+)/g)].reduce((sum, [, packets]) => sum + Number(packets), 0);
  }

  close(): void {
    // The pair goes with its far end.
    run('ip', 'netns', 'del', this.#name);
  }
}

/** Whether this process may make such a link; where not, it is said why the tests that need one are skipped. */
export const canLosePackets = ((): boolean => {
  try {
    LossyLink.open({ lossPercent: 10, sendsKbit: 1_000 }).close();
    return true;
  } catch (error) {
    process.stderr.write(
      `no lossy link between namespaces can be made, the tests that need one are skipped: ${String(error)}\n`,
    );
    return false;
  }
})();
