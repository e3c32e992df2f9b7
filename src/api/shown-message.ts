/** Stored messages as the API gives them. */
import type { ReadPosition } from '../reading/position.ts';
import type { ReadMessage } from '../reading/telemetry.ts';
import { timeOf } from './shapes.ts';

/** A place as the API gives it. */
export function shownPosition({ lat, lon, valid, altitudeM, speedKmh, courseDeg, satellites, hdop }: ReadPosition) {
  return { lat, lon, valid, altitude_m: altitudeM, speed_kmh: speedKmh, course_deg: courseDeg, satellites, hdop };
}

/** A message as the API gives it. */
export function shownMessage(message: ReadMessage) {
  const { deviceTime, observedAt, receivedAt, backlog, position, signals, states, events } = message;
  return {
    device_time: timeOf(deviceTime),
    observed_at: timeOf(observedAt),
    received_at: timeOf(receivedAt),
    backlog,
    position: position === null ? null : shownPosition(position),
    signals,
    states,
    events: [...events],
  };
}
