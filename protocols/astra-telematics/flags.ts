/**
 * Reason and status bits of a report.
 *
 * Source: the maker's readers of protocol X 3.0 and Y 2.2; those of C, K and M are the first bits of the same lists (OpenGTS,
 * written by the maker). The maker's readers compare each masked bit with 1, and so never see any but the lowest set.
 */
import type { EventCode } from '#model/events';
import { addSignal, type Message } from '#model/message';

/** Bits of the status that speak of the transport, not of the vehicle: more reports follow, report was stored. */
export const MORE_TO_FOLLOW = 0x10;
export const STORED = 0x20;
/** No valid fix: the coordinates are the last known ones. */
export const NO_FIX = 0x04;

const IGNITION = 0x01;
const PRIVATE_MODE = 0x02;
const ROAMING = 0x08;

/** What a reason bit means; `urgent` ones are those the maker calls alarms, with panic, tampering and roll-over. */
interface Reason {
  readonly code: EventCode;
  readonly urgent: boolean;
}

const calm = (code: EventCode): Reason => ({ code, urgent: false });
const urgent = (code: EventCode): Reason => ({ code, urgent: true });

/** Bits that only say what made the device report: time, distance, a request, a change of heading. */
const ROUTINE: ReadonlySet<number> = new Set([0, 1, 2, 8]);
const GEOFENCE = 3;
const EXTERNAL_POWER = 10;

const REASONS: ReadonlyMap<number, Reason> = new Map([
  [4, urgent('secure.panic')],
  [5, calm('device.input_changed')],
  [6, calm('trip.start')],
  [7, calm('trip.stop')],
  [9, calm('device.low_battery')],
  [11, calm('idle.start')],
  [12, calm('idle.stop')],
  [13, calm('idle.long')],
  [14, calm('device.restart')],
  [15, calm('behaviour.overspeed')],
  [16, urgent('secure.towing')],
  [17, urgent('behaviour.unauthorised_driver')],
  [18, urgent('secure.crash')],
  [19, calm('behaviour.harsh_acceleration')],
  [20, calm('behaviour.harsh_cornering')],
  [21, calm('behaviour.harsh_braking')],
  [22, calm('device.gnss_regained')],
  [23, calm('device.bus')],
  [25, urgent('secure.tamper')],
  [26, calm('secure.towing_end')],
  [28, calm('device.low_supply')],
  [29, calm('device.sleep')],
  [30, urgent('secure.rollover')],
  [31, calm('secure.parked_motion')],
]);

/** What two reasons need besides their bit. `null` where the report does not say. */
export interface ReasonDetails {
  /** Bit 7 entered, bits 0-6 the index of the geofence. */
  readonly geofence: number | null;
  readonly supplyV: number | null;
}

/** Above this the supply is there; the maker's OpenGTS server draws the line here. */
const SUPPLY_THERE_V = 7;

function reasonOf(bit: number, { geofence, supplyV }: ReasonDetails): Reason | undefined {
  if (bit === GEOFENCE && geofence !== null) return calm((geofence & 0x80) !== 0 ? 'geofence.enter' : 'geofence.exit');
  if (bit === EXTERNAL_POWER && supplyV !== null)
    return calm(supplyV > SUPPLY_THERE_V ? 'device.power_restored' : 'device.power_lost');
  return REASONS.get(bit);
}

/**
 * Adds an event for each reason that is one. Bits without a row keep `astra-telematics.<bit>`; the mask itself is kept as
 * `astra-telematics.report.reasons`, because some of its bits are no events. `high` holds the bits from 32 on.
 */
export function addReasons(message: Message, low: number, high: number, details: ReasonDetails): void {
  addSignal(message, 'astra-telematics.report.reasons', high * 0x1_0000_0000 + low);
  addReasonWord(message, low, 0, details);
  addReasonWord(message, high, 32, details);
}

function addReasonWord(message: Message, word: number, firstBit: number, details: ReasonDetails): void {
  for (let left = word >>> 0; left !== 0; left = (left & (left - 1)) >>> 0) {
    const bit = firstBit + 31 - Math.clz32(left & -left);
    if (ROUTINE.has(bit)) continue;
    const reason = reasonOf(bit, details);
    message.events.push({ code: reason?.code ?? `astra-telematics.${bit}`, alarm: reason?.urgent ?? false });
  }
}

/** Adds what the status bits 0 to 5 say, which all protocols share. */
export function addSharedStatus(message: Message, status: number): void {
  message.stored = (status & STORED) !== 0;
  addSignal(message, 'ignition.state.on', status & IGNITION);
  addSignal(message, 'behaviour.trip.business', (status & PRIVATE_MODE) === 0 ? 1 : 0);
  addSignal(message, 'device.gsm.roaming', (status & ROAMING) !== 0 ? 1 : 0);
}

interface StatusKey {
  readonly bit: number;
  readonly key: string;
}

const STATUS_KEYS: readonly StatusKey[] = [
  { bit: 6, key: 'secure.immobiliser.active' },
  { bit: 7, key: 'astra-telematics.status.serial_error' },
  { bit: 8, key: 'device.gsm.jammed' },
  { bit: 9, key: 'doors.luggage.locked' },
  { bit: 10, key: 'device.battery.charging' },
];
const KNOWN_STATUS = 0x7ff;

/** Adds what the whole status of a modular report says. Bits nobody explains are kept as `astra-telematics.status.other`. */
export function addModularStatus(message: Message, status: number): void {
  addSharedStatus(message, status);
  for (let i = 0; i < STATUS_KEYS.length; i++) {
    const { bit, key } = STATUS_KEYS[i] as StatusKey;
    addSignal(message, key, (status >>> bit) & 1);
  }
  const other = (status & ~KNOWN_STATUS) >>> 0;
  if (other !== 0) addSignal(message, 'astra-telematics.status.other', other);
}
