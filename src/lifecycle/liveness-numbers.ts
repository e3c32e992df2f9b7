/** What nearly every frame changes of what is known of an ident: a row of numbers, which a store writes alone where nothing else has changed. */
import type { Liveness } from './liveness.ts';
import type { Said } from './condition.ts';

/** What stands where in a row. Yes is 1, no is 0; a place, or what was never said, is `null` as a whole. */
export const LIVENESS_NUMBERS = [
  'last_frame_at',
  'frames',
  'messages',
  'duplicates',
  'last_message_at',
  'fix_at',
  'fix_lat',
  'fix_lon',
  'ignition_on',
  'ignition_at',
  'moving_on',
  'moving_at',
] as const;

export type LivenessNumbers = readonly (number | null)[];

export function numbersOf(liveness: Liveness): LivenessNumbers {
  const { lastFrameAt, frames, messages, duplicates, lastMessageAt, lastFix: fix, condition } = liveness;
  const { ignition, moving } = condition;
  return [
    lastFrameAt,
    frames,
    messages,
    duplicates,
    lastMessageAt,
    fix === null ? null : fix.at,
    fix === null ? null : fix.lat,
    fix === null ? null : fix.lon,
    ignition === null ? null : Number(ignition.on),
    ignition === null ? null : ignition.at,
    moving === null ? null : Number(moving.on),
    moving === null ? null : moving.at,
  ];
}

/** What is known of an ident with the numbers that were written since. Older ones change nothing. */
export function withNumbers(kept: Liveness, numbers: LivenessNumbers): Liveness {
  const [lastFrameAt, frames, messages, duplicates, lastMessageAt, fixAt, lat, lon, ...said] = numbers;
  if (frames === undefined || frames === null || frames < kept.frames) return kept;
  const [ignition, ignitionAt, moving, movingAt] = said;
  return {
    ...kept,
    lastFrameAt: lastFrameAt ?? kept.lastFrameAt,
    frames,
    messages: messages ?? kept.messages,
    duplicates: duplicates ?? kept.duplicates,
    lastMessageAt: lastMessageAt ?? null,
    lastFix: isNumber(fixAt) && isNumber(lat) && isNumber(lon) ? { at: fixAt, lat, lon } : null,
    condition: { ...kept.condition, ignition: saidBy(ignition, ignitionAt), moving: saidBy(moving, movingAt) },
  };
}

function saidBy(on: number | null | undefined, at: number | null | undefined): Said | null {
  return isNumber(on) && isNumber(at) ? { on: on === 1, at } : null;
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number';
}
