/** CarData descriptors of the traction battery and its charging. */
import { amount, both, flag, ranked, text, words, type FieldRule } from '#protocols/layers/push/rules';

const PORT = 'vehicle.body.chargingPort';
const CHARGING = 'vehicle.drivetrain.electricEngine.charging';
const GRID = `${CHARGING}.consumptionOverLifeTime`;
const BATTERY = 'vehicle.powertrain.electric.battery';
const PORTS = 'vehicle.powertrain.tractionBattery.charging.port';

const PLUGGED = { CONNECTED: true, DISCONNECTED: false } as const;

export const CHARGING_FIELDS: Readonly<Record<string, FieldRule>> = {
  // Five descriptors say whether a cable is in, the newest one best.
  [`${PORTS}.anyPosition.isPlugged`]: ranked(4, flag('charging.cable.connected')),
  [`${PORT}.combinedStatus`]: ranked(3, flag('charging.cable.connected', PLUGGED)),
  [`${PORT}.status`]: ranked(2, flag('charging.cable.connected', PLUGGED)),
  [`${CHARGING}.connectorStatus`]: ranked(1, flag('charging.cable.connected', PLUGGED)),
  [`${PORT}.statusClearText`]: flag('charging.cable.connected', PLUGGED),
  [`${PORT}.dcStatus`]: flag('charging.dc.connected', PLUGGED),
  [`${PORT}.lockedStatus`]: flag('charging.cable.locked', {
    CHARGING_CABLE_LOCKED: true,
    CHARGING_CABLE_NOT_LOCKED: false,
  }),
  'vehicle.body.flap.isLocked': flag('doors.charging_flap.locked', { FLAP_LOCKED: true, FLAP_UNLOCKED: false }),
  [`${PORTS}.anyPosition.flap.isOpen`]: flag('charging.flap.open'),
  ...port('frontLeft', 'front_left'),
  ...port('frontMiddle', 'front_middle'),
  ...port('frontRight', 'front_right'),
  ...port('rearLeft', 'rear_left'),
  ...port('rearMiddle', 'rear_middle'),
  ...port('rearRight', 'rear_right'),

  // What it does
  [`${CHARGING}.hvStatus`]: ranked(
    1,
    both(
      text('charging.state.phase'),
      words('charging.state.active', {
        CHARGING: 1,
        NOT_CHARGING: 0,
        WAITING_FOR_CHARGING: 0,
        FINISHED_FULLY_CHARGED: 0,
        FINISHED_NOT_FULL: 0,
        ERROR: 0,
      }),
    ),
  ),
  [`${CHARGING}.status`]: text('charging.state.phase'),
  [`${CHARGING}.chargingMode`]: text('charging.mode.name'),
  [`${CHARGING}.connectionType`]: ranked(1, text('charging.cable.type')),
  [`${CHARGING}.method`]: text('charging.cable.type'),
  [`${CHARGING}.phaseNumber`]: words('charging.ac.phases', { NO_CHARGING: 0, '1-PHASES': 1, '2-PHASES': 2, '3-PHASES': 3 }),
  [`${CHARGING}.acAmpere`]: amount('charging.ac.current', 'A'),
  [`${CHARGING}.acVoltage`]: amount('charging.ac.voltage', 'V'),
  [`${BATTERY}.charging.power`]: amount('charging.power.value', 'W'),
  [`${BATTERY}.charging.cableCheckVoltage`]: amount('charging.cable.voltage', 'V'),
  [`${CHARGING}.timeRemaining`]: ranked(1, amount('charging.state.remaining', 'min')),
  [`${CHARGING}.timeToFullyCharged`]: amount('charging.state.remaining', 'min'),
  [`${CHARGING}.smeEnergyDeltaFullyCharged`]: amount('charging.state.missing', 'kWh'),
  [`${CHARGING}.level`]: amount('charging.predicted.level', '%'),
  [`${CHARGING}.reasonChargingEnd`]: ranked(2, text('charging.end.reason')),
  [`${CHARGING}.hvpmFinishReason`]: ranked(1, text('charging.end.reason')),
  [`${CHARGING}.lastChargingReason`]: text('charging.end.reason'),
  [`${CHARGING}.lastChargingResult`]: text('charging.end.result'),
  [`${BATTERY}.preconditioning.state`]: text('charging.preconditioning.state'),

  // What it is to reach
  [`${BATTERY}.stateOfCharge.target`]: amount('charging.state.limit', '%'),
  [`${BATTERY}.charging.acLimit.isActive`]: flag('charging.limit.ac_active', {
    AC_LIMIT_ACTIVE: true,
    AC_LIMIT_INACTIVE: false,
  }),
  [`${BATTERY}.charging.acLimit.max`]: amount('charging.limit.ac_max', 'A'),
  [`${BATTERY}.charging.acLimit.min`]: amount('charging.limit.ac_min', 'A'),
  [`${BATTERY}.charging.acLimit.selected`]: amount('charging.limit.ac_selected', 'A'),
  'vehicle.powertrain.electric.range.target': amount('charging.target.range', 'km'),

  // The battery
  [`${BATTERY}.stateOfCharge.displayed`]: ranked(1, amount('charging.battery.level', 'percent')),
  'vehicle.drivetrain.batteryManagement.header': amount('charging.battery.level', 'percent'),
  [`${BATTERY}.stateOfHealth.displayed`]: amount('charging.battery.health', 'percent'),
  'vehicle.drivetrain.batteryManagement.batterySizeMax': amount('charging.battery.gross', 'kWh'),
  'vehicle.drivetrain.batteryManagement.maxEnergy': amount('charging.battery.energy', 'kWh'),
  'vehicle.drivetrain.electricEngine.hvsMaxEnergyAbsolute': amount('charging.battery.capacity', 'kWh'),
  'vehicle.drivetrain.electricEngine.kombiRemainingElectricRange': ranked(1, amount('charging.battery.range', 'km')),
  'vehicle.drivetrain.electricEngine.remainingElectricRange': amount('charging.battery.range', 'km'),

  // Energy from the grid over the life of the vehicle (OBFCM)
  [`${GRID}.overall.gridEnergy`]: amount('charging.battery.charged', 'kWh'),
  [`${GRID}.overall.referenceDistance`]: amount('odometer.grid.value', 'km'),
  [`${GRID}.engineOff.gridEnergy`]: amount('consumption.grid.engine_off', 'kWh'),
  [`${GRID}.engineOff.referenceDistance`]: ranked(-1, amount('odometer.depleting.engine_off', 'km')),
  [`${GRID}.engineOn.gridEnergy`]: amount('consumption.grid.engine_on', 'kWh'),
  [`${GRID}.engineOn.referenceDistance`]: ranked(-1, amount('odometer.depleting.engine_on', 'km')),
};

type Place = 'front_left' | 'front_middle' | 'front_right' | 'rear_left' | 'rear_middle' | 'rear_right';

function port(theirs: string, place: Place) {
  return {
    [`${PORTS}.${theirs}.flap.isOpen`]: flag(`charging.port_${place}.open`),
    [`${PORTS}.${theirs}.isPlugged`]: flag(`charging.port_${place}.connected`),
  };
}
