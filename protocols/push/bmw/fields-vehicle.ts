/** CarData descriptors of the vehicle as such: where it is, how far it went, engine, fuel, service, alarm. */
import {
  amount,
  both,
  event,
  fixPart,
  flag,
  lock,
  moment,
  ranked,
  text,
  unless,
  words,
  type FieldRule,
} from '#protocols/layers/push/rules';

const HERE = 'vehicle.cabin.infotainment.navigation.currentLocation';
const TRIP = 'vehicle.trip.segment';
const OBFCM = 'vehicle.drivetrain.fuelSystem.consumptionOverLifeTime';

/** Seen where no consumption was measured. */
const NO_CONSUMPTION = [2_777_774];

export const VEHICLE_FIELDS: Readonly<Record<string, FieldRule>> = {
  // Place. The parts come with times of their own, and often in messages of their own.
  [`${HERE}.latitude`]: fixPart('lat', 'degrees'),
  [`${HERE}.longitude`]: fixPart('lon', 'degrees'),
  [`${HERE}.altitude`]: fixPart('altitudeM', 'm'),
  [`${HERE}.heading`]: fixPart('courseDeg', 'degrees'),
  [`${HERE}.numberOfSatellites`]: fixPart('satellites', ''),
  [`${HERE}.fixStatus`]: both(text('position.gnss.fix'), lock({ NO_FIX: false, GPS_FIX_2D: true, GPS_FIX_3D: true })),
  'vehicle.cabin.infotainment.navigation.destinationSet.distance': amount('position.destination.distance', 'km'),
  'vehicle.cabin.infotainment.navigation.remainingRange': ranked(-1, amount('consumption.range.total', 'km')),

  // Motion. There is no speed at an instant, for the sake of privacy.
  'vehicle.isMoving': flag('position.motion.moving'),
  'vehicle.vehicle.avgSpeed': amount('wheels.speed.average', 'km/h'),
  'vehicle.vehicle.speedRange.lowerBound': amount('wheels.speed.lower', 'km/h'),
  'vehicle.vehicle.speedRange.upperBound': amount('wheels.speed.upper', 'km/h'),
  'vehicle.vehicle.travelledDistance': amount('odometer.total.value', 'km'),
  'vehicle.vehicle.averageWeeklyDistanceShortTerm': amount('behaviour.distance.weekly', 'km'),
  'vehicle.vehicle.averageWeeklyDistanceLongTerm': amount('behaviour.distance.weekly_long', 'km'),
  'vehicle.status.conditionBasedServicesAverageDistancePerDay': amount('behaviour.distance.daily', 'km'),

  // Engine and fuel. By their descriptions these two are the other way round; their names, and what they carry, say this.
  'vehicle.drivetrain.engine.isIgnitionOn': flag('ignition.state.on'),
  'vehicle.drivetrain.engine.isActive': flag('engine.running.on'),
  'vehicle.drivetrain.internalCombustionEngine.engine.ect': amount('engine.coolant.temperature', 'Celsius'),
  'vehicle.drivetrain.fuelSystem.level': amount('consumption.fuel.level', '%'),
  'vehicle.drivetrain.fuelSystem.remainingFuel': amount('consumption.fuel.volume', 'l'),
  'vehicle.drivetrain.lastRemainingRange': amount('consumption.range.total', 'km'),
  'vehicle.drivetrain.totalRemainingRange': amount('consumption.range.predicted', 'km'),
  'vehicle.drivetrain.avgElectricRangeConsumption': unless(
    NO_CONSUMPTION,
    amount('consumption.electric.average', 'kWh/100 km', 'kWh per 100 km'),
  ),
  'vehicle.vehicle.avgAuxPower': amount('consumption.auxiliary.power', 'kW'),
  [`${OBFCM}.overall.fuel`]: amount('consumption.fuel.used', 'l'),
  [`${OBFCM}.overall.referenceDistance`]: amount('odometer.lifetime.value', 'km'),
  [`${OBFCM}.inChargeDepleting.fuel`]: amount('consumption.depleting.fuel', 'l'),
  [`${OBFCM}.inChargeDepleting.referenceDistanceEngineOff`]: amount('odometer.depleting.engine_off', 'km'),
  [`${OBFCM}.inChargeDepleting.referenceDistanceEngineOn`]: amount('odometer.depleting.engine_on', 'km'),
  [`${OBFCM}.inChargeIncreasing.fuel`]: amount('consumption.increasing.fuel', 'l'),
  [`${OBFCM}.inChargeIncreasing.referenceDistance`]: amount('odometer.increasing.value', 'km'),

  // The last journey
  [`${TRIP}.end.time`]: moment('trip.stop', 'dotted'),
  [`${TRIP}.end.travelledDistance`]: ranked(-1, amount('odometer.total.value', 'km')),
  [`${TRIP}.end.drivetrain.batteryManagement.hvSoc`]: amount('charging.trip.level', 'percent'),
  [`${TRIP}.accumulated.acceleration.starsAverage`]: amount('behaviour.stars.acceleration', 'stars'),
  [`${TRIP}.accumulated.chassis.brake.starsAverage`]: amount('behaviour.stars.anticipation', 'stars'),
  [`${TRIP}.accumulated.drivetrain.electricEngine.energyConsumptionComfort`]: amount('consumption.comfort.trip', 'kWh'),
  [`${TRIP}.accumulated.drivetrain.electricEngine.recuperationTotal`]: unless(
    NO_CONSUMPTION,
    amount('consumption.recuperation.average', 'kWh/100 km', 'kWh per 100 km'),
  ),
  [`${TRIP}.accumulated.drivetrain.transmission.setting.fractionDriveEcoPro`]: amount('behaviour.share.eco', 'percent'),
  [`${TRIP}.accumulated.drivetrain.transmission.setting.fractionDriveEcoProPlus`]: amount(
    'behaviour.share.eco_plus',
    'percent',
  ),
  [`${TRIP}.accumulated.drivetrain.transmission.setting.fractionDriveElectric`]: amount('behaviour.share.electric', 'percent'),

  // Wheels
  ...tyres('row1', 'left', 'front_left'),
  ...tyres('row1', 'right', 'front_right'),
  ...tyres('row2', 'left', 'rear_left'),
  ...tyres('row2', 'right', 'rear_right'),

  // Vehicle battery, telematics unit, service
  'vehicle.electricalSystem.battery.voltage': amount('service.battery.voltage', 'V'),
  'vehicle.electricalSystem.battery.stateOfCharge': amount('service.battery.level', '%'),
  'vehicle.electricalSystem.battery.serviceDemand.recharge': flag('service.battery.recharge'),
  'vehicle.electricalSystem.battery.serviceDemand.replace': words('service.battery.grade', {
    200: 200,
    140: 140,
    110: 110,
    80: 80,
  }),
  'vehicle.electricalSystem.battery48V.stateOfHealth.displayed': amount('service.battery48.health', 'percent'),
  'vehicle.cabin.infotainment.isMobilePhoneConnected': flag('device.phone.connected'),
  'vehicle.sim.status': flag('device.sim.active'),
  'vehicle.vehicle.deepSleepModeActive': flag('device.sleep.deep'),
  'vehicle.status.serviceDistance.next': amount('service.next.distance', 'km'),
  'vehicle.status.serviceDistance.yellow': amount('service.next.warning_distance', 'km'),
  'vehicle.status.conditionBasedServicesCount': amount('service.due.count', ''),
  'vehicle.status.serviceTime.inspectionDateLegal': text('service.inspection.date'),

  // Alarm
  'vehicle.vehicle.antiTheftAlarmSystem.alarm.isOn': both(
    flag('secure.alarm.active'),
    event({ true: 'secure.alarm', isTrue: 'secure.alarm' }, true),
  ),
  'vehicle.vehicle.antiTheftAlarmSystem.alarm.armStatus': both(
    text('secure.alarm.arming'),
    words('secure.alarm.armed', { unarmed: 0, doorsOnly: 1, doorsTiltCabin: 1 }),
  ),

  // Climate, as far as it says what the vehicle does
  'vehicle.cabin.hvac.preconditioning.status.comfortState': text('device.climate.state'),
  'vehicle.cabin.hvac.preconditioning.status.isExteriorMirrorHeatingActive': flag('device.mirrors.heated'),
  'vehicle.cabin.hvac.preconditioning.status.progress': amount('device.climate.progress', 'percent'),
  'vehicle.cabin.hvac.preconditioning.status.rearDefrostActive': flag('device.defrost_rear.on'),
  'vehicle.cabin.hvac.preconditioning.status.remainingRunningTime': amount('device.climate.remaining', 's'),
  'vehicle.vehicle.preConditioning.activity': both(
    ranked(-1, text('device.climate.state')),
    words('device.climate.active', { standby: 0, inactive: 0, heating: 1, cooling: 1, ventilation: 1 }),
  ),
  'vehicle.vehicle.preConditioning.error': text('device.climate.error'),
  'vehicle.vehicle.preConditioning.isRemoteEngineRunning': flag('engine.remote.running'),
  'vehicle.vehicle.preConditioning.remainingTime': ranked(-1, amount('device.climate.remaining', 'min')),
};

function tyres(row: string, side: string, place: 'front_left' | 'front_right' | 'rear_left' | 'rear_right') {
  const tyre = `vehicle.chassis.axle.${row}.wheel.${side}.tire`;
  return {
    [`${tyre}.pressure`]: amount(`wheels.${place}.pressure`, 'kPa'),
    [`${tyre}.pressureTarget`]: amount(`wheels.${place}.pressure_target`, 'kPa'),
    [`${tyre}.temperature`]: amount(`wheels.${place}.temperature`, 'Celsius'),
  };
}
