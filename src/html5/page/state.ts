/** What the page shows is made of. */
import type { Standing } from './gateway.ts';

export interface PageState {
  phase:
    | 'loading'
    | 'no-link'
    | 'ready'
    | 'opening'
    | 'link-away'
    | 'link-unknown'
    | 'link-used'
    | 'link-expired'
    | 'storage-refused'
    | 'insecure'
    | 'unsupported'
    | 'other-tab'
    | 'stopped'
    | 'running'
    | 'ended';
  trackerName: string | null;
  /** What the phone says of its position. */
  position: 'asking' | 'denied' | 'waiting' | 'unavailable' | 'found';
  accuracyM: number | null;
  lastFixAt: number | null;
  /** Positions taken since the page was opened. */
  taken: number;
  /** Positions on the phone that are not confirmed. */
  waiting: number;
  lastSentAt: number | null;
  reach: 'fine' | 'away' | 'busy';
  standing: Standing | null;
  screen: 'held' | 'may-lock' | null;
  /** Why and how long nothing was taken, until it was read. */
  away: { why: 'hidden' | 'closed'; ms: number; taken: number } | null;
  isStorageFull: boolean;
  isPersistent: boolean;
}

export const AT_FIRST: PageState = {
  phase: 'loading',
  trackerName: null,
  position: 'asking',
  accuracyM: null,
  lastFixAt: null,
  taken: 0,
  waiting: 0,
  lastSentAt: null,
  reach: 'fine',
  standing: null,
  screen: null,
  away: null,
  isStorageFull: false,
  isPersistent: true,
};
