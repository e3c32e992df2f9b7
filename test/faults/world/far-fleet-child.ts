/** Reference trackers in a process of their own, which may be in another network namespace. Told over IPC what to do. */
import { ReferenceFleet, type FleetOptions, type Reached } from '../client/fleet.ts';
import type { TrackerMemory } from '../client/memory.ts';
import type { ToldLine } from '../judge/judge-ledger.ts';

export type FarOrder = { start: { reached: Reached; options: FleetOptions } } | 'tell' | 'finish';
export interface FarAnswer {
  memories: TrackerMemory[];
  told: ToldLine[];
  framesAcknowledged: number;
  sends: number;
}

let fleet: ReferenceFleet | null = null;

const answer = (running: ReferenceFleet): void => {
  const { memories, told, framesAcknowledged, trackers } = running;
  const sends = trackers.reduce((sum, tracker) => sum + tracker.sends, 0);
  process.send?.({ memories, told, framesAcknowledged, sends } satisfies FarAnswer);
};

process.on('message', (order: FarOrder) => {
  if (typeof order === 'object') {
    fleet = new ReferenceFleet(order.start.reached, order.start.options);
    fleet.start();
  } else if (fleet !== null && order === 'tell') answer(fleet);
  else if (fleet !== null) {
    const running = fleet;
    void running.finish(100_000).then(() => answer(running));
  }
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
