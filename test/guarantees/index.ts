import { ACK_BREAKAGES } from './ack.ts';
import type { Breakage } from './breakage.ts';
import { LEDGER_BREAKAGES } from './ledger.ts';
import { SPOOL_BREAKAGES } from './spool.ts';

/** The specs whose every rule is shown to be guarded, by the name of their page in `docs/specs`. */
export const BREAKAGES: Readonly<Record<string, readonly Breakage[]>> = {
  ack: ACK_BREAKAGES,
  spool: SPOOL_BREAKAGES,
  ledger: LEDGER_BREAKAGES,
};
