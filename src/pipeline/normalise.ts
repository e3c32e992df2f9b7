import type { FrameRecord } from '#model/frame-record';
import type { Message } from '#model/message';
import type { NormalisedMessage } from '#model/normalised';
import { SIGNAL_BY_KEY } from '#model/signals';
import { repairClock, type ClockRules } from './clock.ts';
import { positionOf } from './position.ts';
import type { KnownTracker } from './ports.ts';
import type { RecordIdMaker } from './record-id.ts';

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
  const { keys, values } = withinRange(message);
  return {
    ident: owner.ident,
    trackerOid: owner.tracker?.oid ?? '',
    provider: owner.tracker?.provider ?? '',
    index,
    recordIdHi: owner.ids.hi(message.identity),
    recordIdLo: owner.ids.lo(message.identity),
    deviceTime: message.deviceTime,
    observedAt,
    clockRepair,
    receivedAt: record.receivedAt,
    backlog: message.stored || record.receivedAt - observedAt > rules.liveAgeMs,
    position: message.fix === null ? null : positionOf(message.fix),
    signalKeys: keys,
    signalValues: values,
    stateKeys: message.stateKeys,
    stateValues: message.stateValues,
    events: message.events,
  };
}

/** Key under which a value outside the catalogue's range is kept: `<key>.out_of_range`, never clipped, never dropped. */
function withinRange(message: Message): { keys: string[]; values: number[] } {
  const { signalKeys, signalValues } = message;
  let keys = signalKeys;
  for (let i = 0; i < signalKeys.length; i++) {
    const key = signalKeys[i] as string;
    const value = signalValues[i] as number;
    const facts = SIGNAL_BY_KEY.get(key);
    if (facts === undefined || ((facts.min === null || value >= facts.min) && (facts.max === null || value <= facts.max)))
      continue;
    if (keys === signalKeys) keys = signalKeys.slice();
    keys[i] = `${key}.out_of_range`;
  }
  return { keys, values: signalValues };
}
