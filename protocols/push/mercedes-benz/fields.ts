/** The 149 signals of Mercedes-Benz' push API 1.0 (README.md, Source). Units are fixed by name: a message states none. */
import type { SignalKey } from '#model/signals';
import {
  amount,
  both,
  event,
  fieldTable,
  fixPart,
  flag,
  forAll,
  moment,
  ranked,
  text,
  unmapped,
  vehicleSpeed,
  words,
  type FieldRule,
} from '#protocols/layers/push/rules';

const CHARGING = 'ElectricalDrive.Charging';
const KWH_100 = 'kWh/100 km';
const LITRES_100 = 'l/100 km';

const LOCAL_TIME = unmapped('minutes of a local day without a date: no instant can be made of it');
const COUPLER = { CABLE_PLUGGED_BOTH_SIDES: 1, CABLE_PLUGGED_VEHICLE_SIDE: 1, CABLE_UNPLUGGED: 0 } as const;
const SUNROOF_CLOSED = { 'TILT-SLIDE-ROOF_CLOSED': 0, 'TILT-SLIDE-ROOF_OPEN': 1, 'LIFTING-ROOF_OPEN': 1 } as const;

const DRIVING: Readonly<Record<string, FieldRule>> = {
  'Driving.Odometer.Lifetime': amount('odometer.total.value', 'km'),
  'Driving.Odometer.Lifetime.HighResolution': ranked(1, amount('odometer.total.value', 'km')),
  'Driving.Speed.Current': vehicleSpeed('km/h'),
  'Driving.Speed.SinceReset.Average': amount('wheels.speed.average_reset', 'km/h'),
  'Driving.Speed.SinceStart.Average': amount('wheels.speed.average', 'km/h'),
  'Driving.Status': both(
    text('behaviour.driving.state'),
    words('position.motion.moving', { DRIVING: 1, IDLING: 0, PARKED: 0 }),
    words('behaviour.idle.active', { DRIVING: 0, IDLING: 1, PARKED: 0 }),
  ),
  'Driving.Distance.SinceReset': amount('odometer.reset.value', 'km'),
  'Driving.Distance.SinceStart': amount('odometer.trip.value', 'km'),
  'Driving.Distance.ZeroEmissions.SinceReset': amount('odometer.electric.reset', 'km'),
  'Driving.Distance.ZeroEmissions.SinceStart': amount('odometer.electric.journey', 'km'),
  'Driving.Time.SinceReset': amount('behaviour.trip.duration_reset', 'min'),
  'Driving.Time.SinceStart': amount('behaviour.trip.duration', 'min'),
  'Driving.Time.ZeroEmissions.SinceReset': amount('behaviour.electric.duration_reset', 'min'),
  'Driving.Time.ZeroEmissions.SinceStart': amount('behaviour.electric.duration', 'min'),
  'Driving.Consumption.Electrical.SinceReset': amount('consumption.electric.reset', KWH_100, 'kWh per 100 km'),
  'Driving.Consumption.Electrical.SinceStart': amount('consumption.electric.journey', KWH_100, 'kWh per 100 km'),
  'Driving.Consumption.Fuel.SinceReset': amount('consumption.fuel.reset', LITRES_100, 'litres per 100 km'),
  'Driving.Consumption.Fuel.SinceStart': amount('consumption.fuel.journey', LITRES_100, 'litres per 100 km'),
  'Driving.Range.Electrical': amount('charging.battery.range', 'km'),
  'Driving.Range.Electrical.Max': amount('charging.battery.full_range', 'km'),
  'Driving.Range.Fuel': amount('consumption.fuel.range', 'km'),
  'Driving.Range.Fuel.Warning': flag('consumption.range.low'),
  'Driving.Range.AdBlue': amount('consumption.adblue.range', 'km'),
  'Driving.StateOfCharge.Departure': amount('charging.departure.level', '%'),
  'Driving.Acceleration.Latitude.NegativeAccelerationOutliers': amount('behaviour.lateral.negative', 'ms'),
  'Driving.Acceleration.Latitude.PositiveAccelerationOutliers': amount('behaviour.lateral.positive', 'ms'),
  'Driving.Acceleration.Latitude.RegularAccelerations': amount('behaviour.lateral.regular', 'ms'),
  'Driving.Acceleration.Longitude.NegativeAccelerationOutliers': amount('behaviour.longitudinal.negative', 'ms'),
  'Driving.Acceleration.Longitude.PositiveAccelerationOutliers': amount('behaviour.longitudinal.positive', 'ms'),
  'Driving.Acceleration.Longitude.RegularAccelerations': amount('behaviour.longitudinal.regular', 'ms'),
  'Driving.EcoScore.Acceleration': amount('behaviour.eco.acceleration', '%'),
  'Driving.EcoScore.BonusRange': amount('behaviour.eco.bonus', 'km'),
  'Driving.EcoScore.Constancy': amount('behaviour.eco.constancy', '%'),
  'Driving.EcoScore.Freewheel': amount('behaviour.eco.freewheel', '%'),
  // The parts of a position are signals of their own, each with its own time.
  'Position.LastKnown.Latitude': fixPart('lat', 'degrees'),
  'Position.LastKnown.Longitude': fixPart('lon', 'degrees'),
  'Position.LastKnown.Heading': fixPart('courseDeg', 'degrees'),
  'Vehicle.Clock.Time.UTC.Offset': amount('device.clock.offset', 'ms'),
};

const ENGINE: Readonly<Record<string, FieldRule>> = {
  'Ignition.Status': both(
    words('ignition.state.on', { LOCK: 0, OFF: 0, ACCESSORY: 0, ON: 1, START: 1 }),
    text('ignition.state.mode', { ACCESSORY: 'ACC' }),
  ),
  'InternalCombustionEngine.Coolant.Temperature': amount('engine.coolant.temperature', 'Celsius'),
  'InternalCombustionEngine.Coolant.Level.Warning': flag('engine.coolant.low'),
  'InternalCombustionEngine.LimpMode.IsActive': flag('engine.limp.active'),
  'InternalCombustionEngine.Oil.Level': amount('engine.oil.level', '%'),
  'InternalCombustionEngine.Oil.Level.Warning': flag('engine.oil.warning'),
  'Tank.AdBlue.Level': amount('consumption.adblue.level', '%'),
  'Tank.Fuel.Level': amount('consumption.fuel.level', '%'),
  'Tank.Fuel.Level.Absolute': amount('consumption.fuel.volume', 'l'),
  'Tank.Fuel.Level.Warning': flag('consumption.fuel.low'),
  'Tank.WashWater.Level.Warning': flag('service.washer.low'),
  'SupplyBattery.Voltage': amount('service.battery.voltage', 'V'),
  'SupplyBattery.Status': text('service.battery.state'),
  'SupplyBattery.Warning': flag('service.battery.warning'),
  'Service.Interval.Distance': amount('service.next.distance', 'km'),
  'Service.Interval.Time': amount('service.next.duration', 'days'),
  'Service.Warning.Status': text('service.next.state'),
};

const ELECTRIC: Readonly<Record<string, FieldRule>> = {
  'ElectricalDrive.HighVoltageBattery.StateOfCharge': amount('charging.battery.level', '%'),
  [`${CHARGING}.IsActive`]: ranked(1, flag('charging.state.active')),
  [`${CHARGING}.Status`]: both(
    text('charging.state.phase'),
    words('charging.state.active', {
      CHARGING: 1,
      SLOW: 1,
      FAST: 1,
      END: 0,
      BREAK: 0,
      CABLE_UNPLUGGED: 0,
      ERROR: 0,
      DISCHARGING: 0,
      NONE: 0,
      CHARGING_FOREIGN_OBJECT: 0,
    }),
  ),
  [`${CHARGING}.Power`]: amount('charging.power.value', 'kW'),
  [`${CHARGING}.SelectedChargeProgram`]: text('charging.program.name'),
  [`${CHARGING}.ChargeProgram.Default.MaximumStateOfCharge`]: amount('charging.limit.default', '%'),
  [`${CHARGING}.ChargeProgram.Home.MaximumStateOfCharge`]: amount('charging.limit.home', '%'),
  [`${CHARGING}.ChargeProgram.Work.MaximumStateOfCharge`]: amount('charging.limit.work', '%'),
  [`${CHARGING}.ACCoupler.Status`]: both(text('charging.ac.coupler'), words('charging.ac.connected', COUPLER)),
  [`${CHARGING}.DCCoupler.Status`]: both(text('charging.dc.coupler'), words('charging.dc.connected', COUPLER)),
  [`${CHARGING}.SmartCharging.Status`]: text('charging.smart.state'),
  ...forAll(
    [
      `${CHARGING}.NextDepartureTime`,
      `${CHARGING}.NextDepartureTimeWeekday`,
      `${CHARGING}.EndOfChargingTime`,
      `${CHARGING}.EndOfChargingTimeWeekday`,
      'Preconditioning.ScheduledTime',
    ],
    LOCAL_TIME,
  ),
  'Preconditioning.IsActive': flag('device.climate.active'),
  'Preconditioning.RemainingRuntime': amount('device.climate.remaining', 'min'),
};

const BODY: Readonly<Record<string, FieldRule>> = {
  ...corner('Front.Left', 'front_left'),
  ...corner('Front.Right', 'front_right'),
  ...corner('Rear.Left', 'rear_left'),
  ...corner('Rear.Right', 'rear_right'),
  'Doors.Trunk.IsLocked': flag('doors.trunk.locked'),
  'Doors.Trunk.IsOpen': flag('doors.trunk.open'),
  'Doors.Rooftop.IsOpen': flag('windows.roof.open'),
  'Doors.Sunroof.Event': text('windows.sunroof.event'),
  'Doors.Sunroof.Status': both(text('windows.sunroof.state'), words('windows.sunroof.open', SUNROOF_CLOSED)),
  'Doors.Tankcap.IsOpen': flag('doors.fuel_flap.open'),
  'Doors.Vehicle.IsLocked': flag('doors.all.locked'),
  'Brakes.Parkbrake.IsEngaged': flag('wheels.handbrake.engaged'),
  'Brakes.Brakefluid.Warning': flag('wheels.brake.fluid_low'),
  'Brakes.Brakepads.PreWarning': flag('wheels.brake.pads_wearing'),
  'Brakes.Brakepads.Warning': flag('wheels.brake.pads_worn'),
  'Lights.Interior.Front.IsOn': flag('lights.interior_front.on'),
  'Lights.Interior.Rear.IsOn': flag('lights.interior_rear.on'),
  'Lights.Interior.Readinglamp.Front.Left.IsOn': flag('lights.reading_left.on'),
  'Lights.Interior.Readinglamp.Front.Right.IsOn': flag('lights.reading_right.on'),
  'Lights.Lightswitch.Status': text('lights.switch.position'),
  'Seat.Seatbelt.Front.Left.IsBuckledUp': flag('secure.belt.front_left'),
  'Immobilizer.Keys.AllDeprovisioned': flag('secure.keys.disabled'),
  'AntiTheftSystem.Alarm.IsActive': flag('secure.alarm.armed'),
  'AntiTheftSystem.Alarm.IsTriggered': both(flag('secure.alarm.active'), event({ true: 'secure.alarm' }, true)),
  'AntiTheftSystem.ProtectionSensors.InteriorProtection.IsActive': flag('secure.interior.armed'),
  'AntiTheftSystem.ProtectionSensors.InteriorProtection.IsTriggered': flag('secure.interior.triggered'),
  'AntiTheftSystem.ProtectionSensors.TowProtection.IsActive': flag('secure.towing.armed'),
  'AntiTheftSystem.ProtectionSensors.TowProtection.IsTriggered': flag('secure.towing.active'),
  'AntiTheftSystem.LastTheftWarning.Reason': text('secure.alarm.reason'),
  'Parking.Parkevent.LastParkevent.Time': moment('secure.parked_impact', 'ms'),
  'Parking.Parkevent.Level': text('secure.impact.level'),
  'Parking.Parkevent.Type': text('secure.impact.place'),
};

/** What a journey, a refuelling or a charging says of its ends. `EPISODES` tells which end. */
const EPISODE_FIELDS: Readonly<Record<string, FieldRule>> = {
  'Trip.Start.Time': moment('trip.start', 'ms'),
  'Trip.End.Time': moment('trip.stop', 'ms'),
  'Trip.Start.Odometer': amount('odometer.total.value', 'km'),
  'Trip.End.Odometer': amount('odometer.total.value', 'km'),
  'Trip.Start.Odometer.HighResolution': ranked(1, amount('odometer.total.value', 'km')),
  'Trip.End.Odometer.HighResolution': ranked(1, amount('odometer.total.value', 'km')),
  'Trip.Distance.Total': amount('odometer.trip.value', 'km'),
  'Trip.Distance.Total.HighResolution': ranked(1, amount('odometer.trip.value', 'km')),
  'Trip.Start.Position.Latitude': fixPart('lat', 'degrees'),
  'Trip.Start.Position.Longitude': fixPart('lon', 'degrees'),
  'Trip.End.Position.Latitude': fixPart('lat', 'degrees'),
  'Trip.End.Position.Longitude': fixPart('lon', 'degrees'),
  'Trip.IdleTime.Total': amount('engine.idle.duration', 'ms'),
  'Refueling.Start.Time': moment('consumption.refuel_start', 'ms'),
  'Refueling.End.Time': moment('consumption.refuel_stop', 'ms'),
  'Refueling.Odometer': amount('odometer.total.value', 'km'),
  'Charging.Start.Time': moment('charging.start', 'ms'),
  'Charging.Odometer': amount('odometer.total.value', 'km'),
  'ChargingCycle.Start.Time': moment('charging.start', 'ms'),
  'ChargingCycle.End.Time': moment('charging.stop', 'ms'),
  'ChargingCycle.Start.HighVoltageBattery.StateOfCharge': amount('charging.battery.level', '%'),
  'ChargingCycle.End.HighVoltageBattery.StateOfCharge': amount('charging.battery.level', '%'),
  'ChargingCycle.Charging.Duration.Total': amount('charging.session.duration', 'ms'),
  'ChargingCycle.Energy.Total': amount('charging.session.energy', 'kWh'),
};

/** Names by their beginning, and which signals say when it began and ended. What does not say `Start` is of the end. */
export const EPISODES: readonly { prefix: string; start: string; end: string }[] = [
  { prefix: 'Trip.', start: 'Trip.Start.Time', end: 'Trip.End.Time' },
  { prefix: 'Refueling.', start: 'Refueling.Start.Time', end: 'Refueling.End.Time' },
  { prefix: 'ChargingCycle.', start: 'ChargingCycle.Start.Time', end: 'ChargingCycle.End.Time' },
  { prefix: 'Charging.', start: 'Charging.Start.Time', end: 'Charging.Start.Time' },
];

export const SIGNALS = fieldTable(DRIVING, ENGINE, ELECTRIC, BODY, EPISODE_FIELDS);

function corner(theirs: string, ours: 'front_left' | 'front_right' | 'rear_left' | 'rear_right'): Record<string, FieldRule> {
  const keys: Record<string, [SignalKey, (key: SignalKey) => FieldRule]> = {
    [`Tires.${theirs}.Pressure`]: [`wheels.${ours}.pressure`, (key) => amount(key, 'kPa')],
    [`Tires.${theirs}.Warning`]: [`wheels.${ours}.warning`, flag],
    [`Tires.${theirs}.Warning.Status`]: [`wheels.${ours}.state`, text],
    [`Windows.${theirs}.IsOpen`]: [`windows.${ours}.open`, flag],
    [`Doors.${theirs}.IsLocked`]: [`doors.${ours}.locked`, flag],
    [`Doors.${theirs}.IsOpen`]: [`doors.${ours}.open`, flag],
  };
  return Object.fromEntries(Object.entries(keys).map(([name, [key, rule]]) => [name, rule(key)]));
}
