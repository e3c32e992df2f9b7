/**
 * Where the FT platform (FTC880, FTC887, FTC920 and their kin) differs from the FMB family.
 *
 * Source: Teltonika, "FTX Data Sending Parameters ID" (wiki.teltonika-gps.com).
 */
import type { IoRow } from './io-table.ts';

export const FT_ROWS: readonly IoRow[] = [
  [9, 4, 'u', 'device.analog1.voltage', 1, 1000],
  [70, 2, 'i', 'device.temperature.value', 1, 10],
  [156, 1, 'u', 'position.geofence.entered', 1, 1, 0, 1],
  [205, 4, 'u', 'device.gsm.cell'],
  [641, 'x', 'ascii', 'device.sim.iccid'],
  [800, 4, 'u', 'device.supply.voltage', 1, 1000],
  [1440, 1, 'u', 'device.calibration.quality', 1, 1, 0, 100],
];
