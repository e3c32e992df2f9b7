/**
 * What the OBD dongles FMB001, FMB003, FMC001, FMC003, FMM003 have beyond the elements every FMB can send: what they read by
 * the car maker's own identifiers (OEM), the electronic logging device (ELD), and later SAE J1979 parameters.
 *
 * Source: Teltonika, "FMB001 Teltonika Data Sending Parameters ID" (wiki.teltonika-gps.com).
 */
import type { IoRow } from './io-table.ts';

export const OBD_DONGLE_ROWS: readonly IoRow[] = [
  // PID 5E is litres an hour; the page of the FMB120 prints litres for 100 km, where this number stays raw.
  [60, 2, 'u', 'consumption.fuel.rate', 1, 100],
  [410, 1, 'u', 'charging.state.active', 1, 1, 0, 1],
  [411, 1, 'u', 'charging.battery.level', 1, 1, 0, 100],
  [540, 1, 'u', 'engine.throttle.position', 1, 1, 0, 100],
  [541, 1, 'u', 'engine.lambda.commanded', 1, 100],
  [542, 2, 'u', 'engine.intake.pressure'],
  [543, 2, 'u', 'charging.battery.voltage'],
  [544, 2, 'i', 'charging.battery.current'],
  [755, 2, 'u', 'consumption.range.total'],
  [759, 1, 'u', 'consumption.fuel.type'],
  [1151, 2, 'u', 'charging.battery.health', 1, 1, 0, 100],
  [1152, 2, 'i', 'charging.battery.temperature'],
  [1176, 4, 'u', 'odometer.total.value'],
  [1177, 4, 'u', 'engine.hours.total'],
  [1179, 1, 'u', 'wheels.handbrake.engaged', 1, 1, 0, 1],
  [1180, 4, 'u', 'consumption.fuel.used'],
  [1181, 4, 'u', 'engine.hours.idle'],
];
