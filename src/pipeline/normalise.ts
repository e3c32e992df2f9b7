import type { FrameRecord } from '#model/frame-record';
import type { Message } from '#model/message';
import type { NormalisedMessage } from '#model/normalised';
import { SIGNAL_BY_KEY } from '#model/signals';
import { repairClock, type ClockRules } from './clock.ts';
import { positionOf } from './position.ts';
import type { KnownTracker } from './ports.ts';
import type { RecordIdMaker } from './record-id.ts';
import { SignalShapes, type SignalShape } from './signal-shapes.ts';

export interface NormaliseRules extends ClockRules {
  /** A message older than this when it is received is backlog, ms. */
  liveAgeMs: number;
}

/** Whom a message belongs to. */
export interface Owner {
  ident: string;
  /** `null` for an ident nobody registered. */
  tracker: KnownTracker | null;
  ids: RecordIdMaker;
}

/** Turns a decoded message into what is stored: identified, in one time, in canonical units. Pure. */
export function normalise(
  message: Message,
  index: number,
  record: FrameRecord,
  owner: Owner,
  rules: NormaliseRules,
): NormalisedMessage {
  const fixTime = message.fix?.fixTime ?? null;
  const { observedAt, clockRepair } = repairClock(message.deviceTime, fixTime, record.receivedAt, rules);
  const signalKeys = keysWithinRange(message);
  const { hi, lo } = owner.ids.of(message.identity, message.identityFrom, message.identityEnd);
  return {
    ident: owner.ident,
    trackerOid: owner.tracker?.oid ?? '',
    provider: owner.tracker?.provider ?? '',
    index,
    recordIdHi: hi,
    recordIdLo: lo,
    deviceTime: message.deviceTime,
    observedAt,
    clockRepair,
    receivedAt: record.receivedAt,
    backlog: message.stored || record.receivedAt - observedAt > rules.liveAgeMs,
    position: message.fix === null ? null : positionOf(message.fix),
    signalKeys,
    signalValues: message.signalValues,
    stateKeys: message.stateKeys,
    stateValues: message.stateValues,
    events: message.events,
  };
}

const shapes = new SignalShapes();

/** Key under which a value outside the catalogue's range is kept: `<key>.out_of_range`, never clipped, never dropped. */
function keysWithinRange({ signalKeys, signalValues }: Message): readonly string[] {
  const shape = shapes.of(signalKeys);
  if (shape === null) return lookedUp(signalKeys, signalValues);
  return isWithin(shape, signalValues) ? shape.keys : lookedUp(signalKeys, signalValues);
}

function isWithin({ bounded, mins, maxs }: SignalShape, values: readonly number[]): boolean {
  for (let i = 0; i < bounded.length; i++) {
    const value = values[bounded[i] as number] as number;
    if (!(value >= (mins[i] as number) && value <= (maxs[i] as number))) return false;
  }
  return true;
}

function lookedUp(signalKeys: readonly string[], signalValues: readonly number[]): readonly string[] {
  return signalKeys.map((key, i) => {
    const value = signalValues[i] as number;
    const facts = SIGNAL_BY_KEY.get(key);
    const isIn =
      facts === undefined || ((facts.min === null || value >= facts.min) && (facts.max === null || value <= facts.max));
    return isIn ? key : `${key}.out_of_range`;
  });
}
