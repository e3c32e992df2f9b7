/** Looks for the frames that were acknowledged out of quarantine. Pure. */
import type { TrackerMemory } from '../client/memory.ts';
import type { QuarantinedFrame } from './stored.ts';
import type { Verdict } from './verdict.ts';

/**
 * Adds to a verdict the frames that must be in quarantine and are not, and those in it that no tracker was to send. A frame that was
 * sent again is there once for each time it arrived.
 */
export function judgeQuarantine(
  verdict: Verdict,
  memories: readonly TrackerMemory[],
  quarantine: readonly QuarantinedFrame[],
): void {
  const held = new Map(quarantine.map((row) => [`${row.ident} ${row.hex}`, row]));
  const known = new Set<string>();
  for (const { ident, acknowledged } of memories) {
    for (const { frame, quarantined, records } of acknowledged) {
      if (!quarantined) continue;
      verdict.quarantined++;
      const key = `${ident} ${Buffer.from(frame).toString('hex')}`;
      known.add(key);
      if (!held.has(key)) verdict.add('lost', ident, `the frame of record ${records[0]?.number} is not in quarantine`);
    }
  }
  const open = new Set(memories.filter(({ unacknowledged }) => unacknowledged.length > 0).map(({ ident }) => ident));
  for (const [key, { ident, code }] of held) {
    if (known.has(key) || open.has(ident)) continue;
    verdict.add('invented', ident, `a frame is in quarantine for ${code} that was never sent for it`);
  }
}
