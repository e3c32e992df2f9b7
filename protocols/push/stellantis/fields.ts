/**
 * What the ex-PSA interface says of a vehicle (README.md, Source): the same members stand in telemetry, status and values. Older
 * spellings are brought into these by `walk.ts`, which also names the items of lists by what they are.
 */
import {
  amount,
  both,
  event,
  fieldTable,
  fixPart,
  flag,
  forAll,
  lock,
  moment,
  text,
  unmapped,
  vehicleSpeed,
  words,
  type FieldRule,
} from '#protocols/layers/push/rules';

const OPEN = { Open: true, Closed: false } as const;
const LOCKED = {
  Locked: 1,
  SuperLocked: 1,
  Unlocked: 0,
  DriverDoorUnlocked: 0,
  CabinDoorsUnlocked: 0,
  CargoDoorsUnlocked: 0,
  RearDoorsUnlocked: 0,
} as const;

const VEHICLE: Readonly<Record<string, FieldRule>> = {
  'odometer.mileage': amount('odometer.total.value', 'km'),
  'kinetic.speed': vehicleSpeed('km/h'),
  'kinetic.moving': flag('position.motion.moving'),
  'kinetic.acceleration': amount('behaviour.acceleration.x', 'm/s2'),
  'kinetic.pace': unmapped('seconds a kilometre, which the speed says'),
  'ignition.type': both(
    words('ignition.state.on', { Stop: 0, StartUp: 1, Start: 1 }),
    text('ignition.state.mode', { Stop: 'OFF', StartUp: 'START', Start: 'ON' }),
  ),
  'powertrain.status': text('engine.powertrain.state'),
  'service.type': unmapped('how the vehicle is connected to the service, by its kind of engine'),
  'doorsState.lockedStates': both(text('doors.lock.state'), words('doors.all.locked', LOCKED)),
  'doorsState.opening.driver': flag('doors.driver.open', OPEN),
  'doorsState.opening.passenger': flag('doors.passenger.open', OPEN),
  'doorsState.opening.rearleft': flag('doors.rear_left.open', OPEN),
  'doorsState.opening.rearright': flag('doors.rear_right.open', OPEN),
  'doorsState.opening.trunk': flag('doors.trunk.open', OPEN),
  'doorsState.opening.rearwindow': flag('windows.rear.open', OPEN),
  'doorsState.opening.roofwindow': flag('windows.roof.open', OPEN),
  // By the document it is a percentage of health, whatever its name; vehicles send 83.5 and 99.
  'battery.voltage': amount('service.battery.health', '%'),
  'battery.current': amount('service.battery.current', 'A'),
  'environment.air.temp': amount('device.ambient.temperature', 'celsius'),
  'environment.luminosity.day': flag('device.ambient.day'),
  'privacy.state': text('secure.privacy.state'),
  'safety.beltWarning': flag('secure.belt.warning', { Normal: false, Omission: true }),
  'safety.autoECallTriggering': text('secure.ecall.state'),
  'safety.eCallTriggeringRequest': unmapped('who asked for an emergency call'),
  'alarm.status.activation': text('secure.alarm.arming'),
  'alarm.status.alarm': flag('secure.alarm.active', OPEN),
  'preconditioning.airConditioning.status': text('device.climate.state'),
  'preconditioning.airConditioning.failureCause': text('device.climate.error'),
  'preconditioning.airConditioning.programs': unmapped('timers of the driver'),
  'maintenance.mileageBeforeMaintenance': amount('service.next.distance', 'km'),
  'maintenance.daysBeforeMaintenance': amount('service.next.duration', 'days'),
  stolen: flag('secure.stolen.active'),
  'stolen.stolen': flag('secure.stolen.active'),
  'stolen.status': flag('secure.stolen.active', { Stolen: true, Recovered: false, NotStolen: false }),
};

const ENERGIES: Readonly<Record<string, FieldRule>> = {
  'energies.fuel.level': amount('consumption.fuel.level', '%'),
  'energies.fuel.autonomy': amount('consumption.fuel.range', 'km'),
  'energies.fuel.consumption': amount('consumption.fuel.instant', 'l/100km', 'litres per 100 km'),
  'energies.fuel.consumptions.instant': amount('consumption.fuel.instant', 'l/100km', 'litres per 100 km'),
  'energies.fuel.consumptions.total': amount('consumption.fuel.used', 'l'),
  'energies.fuel.subType': unmapped('the kind of fuel, which never changes'),
  'energies.electric.level': amount('charging.battery.level', '%'),
  'energies.electric.autonomy': amount('charging.battery.range', 'km'),
  'energies.electric.subType': unmapped('the kind of electric drive, which never changes'),
  'energies.electric.residual': amount('charging.battery.energy', 'kWh'),
  'energies.electric.charging.plugged': flag('charging.cable.connected'),
  'energies.electric.charging.status': both(
    text('charging.state.phase'),
    words('charging.state.active', { InProgress: 1, Disconnected: 0, Failure: 0, Stopped: 0, Finished: 0 }),
  ),
  'energies.electric.charging.remainingTime': amount('charging.state.remaining', 's'),
  'energies.electric.charging.chargingRate': amount('charging.power.range', 'km/h'),
  'energies.electric.charging.chargingMode': text('charging.mode.name'),
  'energies.electric.charging.nextDelayedTime': unmapped('a time of a local day: no instant can be made of it'),
  'energies.electric.battery.load.capacity': amount('charging.battery.capacity', 'Wh'),
  'energies.electric.battery.load.residual': amount('charging.battery.energy', 'Wh'),
  'energies.electric.battery.health.capacity': amount('charging.battery.health', '%'),
  'energies.electric.battery.health.resistance': amount('charging.battery.resistance', '%'),
};

const ENGINES: Readonly<Record<string, FieldRule>> = {
  ...forAll(['engines.thermic.coolant', 'engines.thermic.coolant.temp'], amount('engine.coolant.temperature', 'celsius')),
  ...forAll(['engines.thermic.oil', 'engines.thermic.oil.temp'], amount('engine.oil.temperature', 'celsius')),
  ...forAll(['engines.thermic.air', 'engines.thermic.air.temp'], amount('engine.intake.temperature', 'celsius')),
  'engines.thermic.speed': amount('engine.speed.value', 'rpm'),
  'engines.electric.speed': amount('engine.motor.speed', 'rpm'),
};

const POSITION: Readonly<Record<string, FieldRule>> = {
  'position.latitude': fixPart('lat', 'degrees'),
  'position.longitude': fixPart('lon', 'degrees'),
  'position.altitude': fixPart('altitudeM', 'm'),
  'position.heading': fixPart('courseDeg', 'degrees'),
  'position.signalQuality': amount('position.gnss.quality', ''),
  // Estimated: the vehicle adds up its own movement since the last fix.
  'position.type': both(text('position.gnss.source'), lock({ Estimated: false, Acquire: true, Acquired: true })),
  'position.fixStatus': text('position.gnss.fix'),
};

const TRIP: Readonly<Record<string, FieldRule>> = {
  'trip.startedAt': moment('trip.start', 'iso'),
  'trip.stoppedAt': moment('trip.stop', 'iso'),
  'trip.id': text('behaviour.trip.id'),
  'trip.distance': amount('odometer.trip.value', 'km'),
  'trip.duration': amount('behaviour.trip.duration', 's'),
  'trip.startMileage': amount('odometer.total.value', 'km'),
  'trip.stopMileage': amount('odometer.total.value', 'km'),
  'trip.kinetic.avgSpeed': amount('wheels.speed.average', 'km/h'),
  'trip.kinetic.maxSpeed': amount('wheels.speed.max', 'km/h'),
};

const STATEMENTS: Readonly<Record<string, FieldRule>> = {
  'collision.at': both(event({ collision: 'secure.crash' }, true), words('secure.crash.active', { collision: 1 })),
  ...forAll(['alert.id', 'alert.severity'], unmapped('of an alert, which is an event')),
  ...forAll(
    ['remote.id', 'remote.type', 'remote.state', 'remote.status', 'remote.failureCause', 'remote.feedbackDetail'],
    unmapped('how far a command is that was sent through the maker'),
  ),
  refresh: unmapped('a reminder: the values are those of before, and alerts in it are no new events'),
  fleetId: unmapped('the fleet the vehicle is in, as the maker numbers it'),
};

export const FIELDS = fieldTable(VEHICLE, ENERGIES, ENGINES, POSITION, TRIP, STATEMENTS);
