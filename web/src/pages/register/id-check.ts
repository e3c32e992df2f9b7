/** What is said of a tracker id while it is typed: the rules of the gateway itself, on the table as it is configured. Pure. */
import { trackerIdProblem } from '../../../../src/providers/rules.ts';
import type { components } from '../../api/client.ts';

export type Provider = components['schemas']['Provider'];
type IdKind = Provider['tracker_id'][number];

/** What is typed so far: right, wrong, or not yet long enough to say. */
export type IdCheck = { state: 'empty' } | { state: 'good'; kind: IdKind } | { state: 'short' | 'wrong'; problem: string };

/** Characters that an id of a kind has at least: before, it is not wrong but unfinished. */
const SHORTEST: Readonly<Record<IdKind, number>> = { imei: 15, vin: 17, plate: 2, frame_number: 5, free: 1 };

export function checkId(kinds: readonly IdKind[], typed: string): IdCheck {
  const text = typed.trim();
  if (text === '') return { state: 'empty' };
  const kind = kinds.find((each) => trackerIdProblem({ trackerId: [each] }, text) === null);
  if (kind !== undefined) return { state: 'good', kind };
  const isShort = kinds.every((each) => text.length < SHORTEST[each]);
  return { state: isShort ? 'short' : 'wrong', problem: trackerIdProblem({ trackerId: kinds }, text) ?? '' };
}
