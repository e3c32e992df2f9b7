/** Holds a gateway to its word: what reference trackers were told, against what its stores have. */
import type { TrackerMemory } from '../client/memory.ts';
import { judgeLedger, type ToldLine } from './judge-ledger.ts';
import { judgeQuarantine } from './judge-quarantine.ts';
import { expectedOf, judgeTracker, quarantinedTimes } from './judge-tracker.ts';
import { readIdents, readJournal, readLedger, readQuarantine, readTracker, type Ask } from './read-stores.ts';
import type { LedgerLine } from './stored.ts';
import { Verdict } from './verdict.ts';

export interface Evidence {
  memories: readonly TrackerMemory[];
  ask: Ask;
  /** Metrics of the gateway at rest, by series. */
  metrics: ReadonlyMap<string, number>;
  /** The ledger; that of the metrics unless another is given, which is that of a gateway in its first life. */
  ledger?: readonly LedgerLine[];
  /** Frames acknowledged, by listener and protocol. */
  told?: readonly ToldLine[];
}

/** Judges a gateway at rest: everything acknowledged has been stored, and nothing comes in any more. */
export async function judge({ memories, ask, metrics, told, ledger = readLedger(metrics) }: Evidence): Promise<Verdict> {
  const verdict = new Verdict();
  for (const memory of memories) {
    judgeTracker(verdict, expectedOf(memory), await readTracker(ask, memory.ident), quarantinedTimes(memory));
  }
  const known = new Set(memories.map(({ ident }) => ident));
  for (const ident of await readIdents(ask)) if (!known.has(ident)) verdict.add('invented', ident, 'nobody is called so');
  judgeQuarantine(verdict, memories, await readQuarantine(ask));
  const imbalance = metrics.get('odograph_ledger_imbalance_frames');
  if (imbalance !== 0) verdict.add('unbalanced', 'the gateway', `by its own word: ${imbalance} frames`);
  judgeLedger(verdict, ledger, await readJournal(ask), told);
  return verdict;
}
