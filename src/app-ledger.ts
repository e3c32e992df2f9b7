/** Keeps what the ledger counts beside the spool's records. */
import type { Ledger, LedgerCheckpoint } from './observe/ledger.ts';
import { WITHDRAWN } from './pipeline/kept.ts';
import type { Spool } from './spool/spool.ts';

/** Saves refusals that no checkpoint has yet, at the position of the last one. Rejects with `spool_io` where the disk refuses. */
export async function saveRefusals(spool: Spool, ledger: Ledger): Promise<void> {
  await spool.amendCheckpoint(({ seq, ledger: saved }) => {
    const amended = ledger.withRefusals((saved ?? { rows: [] }) as LedgerCheckpoint, [WITHDRAWN]);
    return amended === null ? null : { seq, ledger: amended };
  });
}
