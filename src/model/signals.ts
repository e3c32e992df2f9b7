/**
 * The signal catalogue: every quantity the gateway normalises to, once. TypeScript types, the ClickHouse catalogue table
 * and the documentation come from this table.
 *
 * A key has at most three levels, `category.component.status`. Units are UN/CEFACT Recommendation 20 codes. `vss` is the
 * COVESA VSS 6.0 path where one exists; where its unit differs, the note says so. Booleans are 0 and 1.
 */

/** UN/CEFACT Recommendation 20 codes in use, with what they mean. `C62` is a pure number. */
export const UNITS = {
  AMP: 'ampere', BAR: 'bar', C62: 'one', CEL: 'degree Celsius', DAY: 'day', DBM: 'decibel-milliwatt', DD: 'degree (angle)',
  E32: 'litre per hour', E93: 'kilogram per hour', F60: 'gram per second', GRM: 'gram', H29: 'microgram per litre', HUR: 'hour',
  KGM: 'kilogram', KMH: 'kilometre per hour', KMT: 'kilometre', KPA: 'kilopascal', KWH: 'kilowatt hour', KWT: 'kilowatt',
  LTR: 'litre', MIN: 'minute', MSK: 'metre per second squared', MTR: 'metre', NU: 'newton metre', P1: 'percent',
  RPM: 'revolutions per minute', SEC: 'second', VLT: 'volt', WTT: 'watt',
} as const;
export type Unit = keyof typeof UNITS;

export interface SignalFacts {
  key: string;
  unit: Unit;
  type: 'number' | 'integer' | 'boolean' | 'text';
  vss: string | null;
  description: string;
  /** Values outside are kept as the device said them, under `<key>` with the message marked, never clipped. */
  min: number | null;
  max: number | null;
}

type Row = readonly [key: string, unit: Unit, type: SignalFacts['type'], vss: string, description: string, min?: number, max?: number];

const V = 'Vehicle.';
const ENGINE = `${V}Powertrain.CombustionEngine.`;
const FUEL = `${V}Powertrain.FuelSystem.`;
const TRACTION = `${V}Powertrain.TractionBattery.`;
const DOOR = `${V}Cabin.Door.`;
const AXLE = `${V}Chassis.Axle.`;

// prettier-ignore
const ROWS = [
  // position: what goes with a fix besides its own columns
  ['position.gnss.pdop', 'C62', 'number', '', 'Position dilution of precision', 0],
  ['position.gnss.state', 'C62', 'integer', '', 'State of the receiver as the device numbers it', 0],
  ['position.speed.max', 'KMH', 'number', '', 'Highest speed since the last message', 0, 500],
  ['position.geofence.index', 'C62', 'integer', '', 'Geofence the event belongs to', 0],
  ['position.geofence.entered', 'C62', 'boolean', '', '1 entered, 0 left'],
  ['position.motion.moving', 'C62', 'boolean', `${V}IsMoving`, 'The device holds itself to be moving'],

  // odometer
  ['odometer.total.value', 'KMT', 'number', `${V}TraveledDistance`, 'Distance by the vehicle odometer (VSS in metres)', 0, 4_294_967],
  ['odometer.device.value', 'KMT', 'number', '', 'Distance counted by the device itself', 0, 4_294_967],
  ['odometer.trip.value', 'KMT', 'number', `${V}TraveledDistanceSinceStart`, 'Distance of the journey (VSS in metres)', 0],
  ['odometer.mil.value', 'KMT', 'number', '', 'Distance with the malfunction lamp on', 0],
  ['odometer.dtc.value', 'KMT', 'number', '', 'Distance since trouble codes were cleared', 0],
  ['odometer.counted.value', 'KMT', 'number', '', 'Distance counted by the bus adapter from the speed', 0],
  ['odometer.tachograph.value', 'KMT', 'number', '', 'Distance by the tachograph', 0],

  // ignition
  ['ignition.state.on', 'C62', 'boolean', `${V}LowVoltageSystemState`, 'Ignition on (VSS: an enumeration)'],
  ['ignition.key.state', 'C62', 'integer', '', 'Key position as the bus numbers it', 0],
  ['ignition.on.duration', 'SEC', 'number', '', 'Time with the ignition on, counted by the device', 0],

  // engine
  ['engine.speed.value', 'RPM', 'number', `${ENGINE}Speed`, 'Crankshaft speed', 0, 20_000],
  ['engine.speed.max', 'RPM', 'number', '', 'Highest crankshaft speed of the journey', 0, 20_000],
  ['engine.speed.average', 'RPM', 'number', '', 'Average crankshaft speed of the journey', 0, 20_000],
  ['engine.load.value', 'P1', 'number', '', 'Calculated load', 0, 250],
  ['engine.load.absolute', 'P1', 'number', '', 'Absolute load', 0, 25_700],
  ['engine.load.max', 'P1', 'number', '', 'Highest load of the journey', 0, 250],
  ['engine.load.average', 'P1', 'number', '', 'Average load of the journey', 0, 250],
  ['engine.coolant.temperature', 'CEL', 'number', `${ENGINE}EngineCoolant.Temperature`, 'Coolant temperature', -60, 250],
  ['engine.coolant.level', 'P1', 'number', '', 'Coolant level', 0, 100],
  ['engine.oil.temperature', 'CEL', 'number', `${ENGINE}EngineOil.Temperature`, 'Oil temperature', -273, 1_800],
  ['engine.oil.pressure', 'KPA', 'number', `${ENGINE}EOP`, 'Oil pressure', 0, 1_100],
  ['engine.oil.level', 'P1', 'number', '', 'Oil level', 0, 100],
  ['engine.intake.temperature', 'CEL', 'number', '', 'Intake air temperature', -60, 250],
  ['engine.intake.pressure', 'KPA', 'number', `${ENGINE}MAP`, 'Manifold absolute pressure', 0, 1_100],
  ['engine.intake.flow', 'F60', 'number', `${ENGINE}MAF`, 'Mass air flow', 0, 2_600],
  ['engine.throttle.position', 'P1', 'number', `${ENGINE}TPS`, 'Throttle position', 0, 100],
  ['engine.throttle.position2', 'P1', 'number', '', 'Throttle position, second sensor', 0, 100],
  ['engine.throttle.relative', 'P1', 'number', '', 'Relative throttle position', 0, 100],
  ['engine.throttle.commanded', 'P1', 'number', '', 'Commanded throttle actuator', 0, 100],
  ['engine.pedal.position', 'P1', 'number', `${V}Chassis.Accelerator.PedalPosition`, 'Accelerator pedal', 0, 102],
  ['engine.pedal.position2', 'P1', 'number', '', 'Accelerator pedal, second sensor', 0, 102],
  ['engine.pedal.relative', 'P1', 'number', '', 'Accelerator pedal relative to its learned rest', 0, 102],
  ['engine.pedal.max', 'P1', 'number', '', 'Deepest accelerator pedal of the journey', 0, 102],
  ['engine.pedal.average', 'P1', 'number', '', 'Average accelerator pedal of the journey', 0, 102],
  ['engine.timing.advance', 'DD', 'number', '', 'Timing advance before top dead centre', -64, 64],
  ['engine.injection.timing', 'DD', 'number', '', 'Fuel injection timing', -210, 302],
  ['engine.lambda.commanded', 'C62', 'number', '', 'Commanded air-fuel equivalence ratio', 0, 2],
  ['engine.egr.commanded', 'P1', 'number', '', 'Commanded exhaust gas recirculation', 0, 100],
  ['engine.egr.error', 'P1', 'number', '', 'Exhaust gas recirculation error', -100, 100],
  ['engine.torque.actual', 'P1', 'number', '', 'Actual torque, percent of the reference', -125, 130],
  ['engine.torque.demand', 'P1', 'number', '', 'Torque the driver asks for, percent of the reference', -125, 130],
  ['engine.torque.reference', 'NU', 'number', '', 'Reference torque', 0, 65_535],
  ['engine.hours.total', 'HUR', 'number', `${ENGINE}EngineHours`, 'Engine hours', 0, 210_554_061],
  ['engine.hours.idle', 'HUR', 'number', `${ENGINE}IdleHours`, 'Idle hours', 0],
  ['engine.hours.counted', 'HUR', 'number', '', 'Engine hours counted by the bus adapter', 0],
  ['engine.run.duration', 'SEC', 'number', '', 'Time since the engine was started', 0],
  ['engine.idle.duration', 'SEC', 'number', '', 'Time spent idling in the journey', 0],
  ['engine.cruise.duration', 'SEC', 'number', '', 'Time spent in cruise control in the journey', 0],
  ['engine.cruise.active', 'C62', 'boolean', `${V}ADAS.CruiseControl.IsActive`, 'Cruise control active'],
  ['engine.cruise.speed', 'KMH', 'number', `${V}ADAS.CruiseControl.SpeedSet`, 'Cruise control set speed', 0, 500],
  ['engine.gear.current', 'C62', 'integer', `${V}Powertrain.Transmission.CurrentGear`, 'Gear engaged', -125, 125],
  ['engine.gear.selected', 'C62', 'integer', `${V}Powertrain.Transmission.SelectedGear`, 'Gear selected', -125, 125],
  ['engine.retarder.torque', 'P1', 'number', '', 'Actual retarder torque', -125, 130],
  ['engine.retarder.load', 'P1', 'number', '', 'Retarder load', 0, 250],
  ['engine.pto.active', 'C62', 'boolean', '', 'Power take-off active'],
  ['engine.pto.state', 'C62', 'integer', '', 'Power take-off state as the bus numbers it', 0],
  ['engine.trim.short1', 'P1', 'number', '', 'Short-term fuel trim, bank 1', -100, 100],
  ['engine.trim.long1', 'P1', 'number', '', 'Long-term fuel trim, bank 1', -100, 100],
  ['engine.trim.short2', 'P1', 'number', '', 'Short-term fuel trim, bank 2', -100, 100],
  ['engine.trim.long2', 'P1', 'number', '', 'Long-term fuel trim, bank 2', -100, 100],
  ['engine.running.on', 'C62', 'boolean', `${ENGINE}IsRunning`, 'Engine running'],
  ['engine.motor.speed', 'RPM', 'number', `${V}Powertrain.ElectricMotor.Speed`, 'Electric motor speed'],
  ['engine.motor.temperature', 'CEL', 'number', `${V}Powertrain.ElectricMotor.Temperature`, 'Electric motor temperature', -60, 300],
  ['engine.dpf.level', 'P1', 'number', '', 'Soot in the particle filter', 0, 250],

  // charging: traction battery and its charge
  ['charging.battery.level', 'P1', 'number', `${TRACTION}StateOfCharge.Displayed`, 'Traction battery state of charge', 0, 100],
  ['charging.battery.health', 'P1', 'number', `${TRACTION}StateOfHealth`, 'Traction battery state of health', 0, 100],
  ['charging.battery.voltage', 'VLT', 'number', `${TRACTION}CurrentVoltage`, 'Traction battery voltage', 0, 2_000],
  ['charging.battery.current', 'AMP', 'number', `${TRACTION}CurrentCurrent`, 'Traction battery current', -5_000, 5_000],
  ['charging.battery.power', 'KWT', 'number', `${TRACTION}CurrentPower`, 'Traction battery power (VSS in watts)', -2_000, 2_000],
  ['charging.battery.energy', 'KWH', 'number', `${TRACTION}StateOfCharge.CurrentEnergy`, 'Energy in the traction battery', 0],
  ['charging.battery.capacity', 'KWH', 'number', `${TRACTION}NetCapacity`, 'Usable capacity of the traction battery', 0],
  ['charging.battery.temperature', 'CEL', 'number', `${TRACTION}Temperature.Average`, 'Traction battery temperature', -100, 300],
  ['charging.battery.range', 'KMT', 'number', `${TRACTION}Range`, 'Electric range (VSS in metres)', 0],
  ['charging.battery.charged', 'KWH', 'number', `${TRACTION}AccumulatedChargedEnergy`, 'Energy charged, total', 0],
  ['charging.battery.consumed', 'KWH', 'number', `${TRACTION}AccumulatedConsumedEnergy`, 'Energy consumed, total', 0],
  ['charging.state.active', 'C62', 'boolean', `${TRACTION}Charging.IsCharging`, 'Charging'],
  ['charging.state.remaining', 'SEC', 'number', `${TRACTION}Charging.TimeToComplete`, 'Time to a full battery', 0],
  ['charging.state.limit', 'P1', 'number', `${TRACTION}Charging.ChargeLimit`, 'Level at which charging stops', 0, 100],
  ['charging.cable.connected', 'C62', 'boolean', `${TRACTION}Charging.ChargingPort.AnyPosition.IsChargingCableConnected`, 'Charging cable plugged in'],
  ['charging.power.value', 'KWT', 'number', `${TRACTION}Charging.AveragePower`, 'Charging power', 0],

  // consumption
  ['consumption.fuel.level', 'P1', 'number', `${FUEL}RelativeLevel`, 'Fuel level', 0, 102],
  ['consumption.fuel.level2', 'P1', 'number', '', 'Fuel level of the second tank', 0, 102],
  ['consumption.fuel.volume', 'LTR', 'number', `${FUEL}AbsoluteLevel`, 'Fuel in the tank', 0],
  ['consumption.fuel.used', 'LTR', 'number', '', 'Fuel used, total', 0],
  ['consumption.fuel.trip', 'LTR', 'number', `${FUEL}ConsumptionSinceStart`, 'Fuel used in the journey', 0],
  ['consumption.fuel.raw', 'C62', 'number', '', 'Fuel level as the bus numbers it', 0],
  ['consumption.fuel.rate', 'E32', 'number', '', 'Fuel rate', 0, 3_300],
  ['consumption.fuel.counted', 'LTR', 'number', '', 'Fuel used as counted by the device from the rate', 0],
  ['consumption.fuel.economy', 'C62', 'number', '', 'Instantaneous economy, kilometres per litre', 0],
  ['consumption.fuel.average', 'C62', 'number', `${FUEL}AverageConsumption`, 'Average consumption, litres per 100 km', 0],
  ['consumption.fuel.pressure', 'KPA', 'number', '', 'Fuel pressure', 0],
  ['consumption.rail.pressure', 'KPA', 'number', '', 'Fuel rail pressure', 0, 655_350],
  ['consumption.rail.relative', 'KPA', 'number', '', 'Fuel rail pressure above the manifold vacuum', 0, 5_178],
  ['consumption.fuel.temperature', 'CEL', 'number', '', 'Fuel temperature', -60, 250],
  ['consumption.fuel.type', 'C62', 'integer', '', 'Fuel type as SAE J1979 PID 51 numbers it', 0],
  ['consumption.fuel.range', 'KMT', 'number', `${FUEL}Range`, 'Range on fuel (VSS in metres)', 0],
  ['consumption.rail.relative', 'KPA', 'number', '', 'Fuel rail pressure relative to the manifold', 0],
  ['consumption.rail.direct', 'KPA', 'number', '', 'Fuel rail pressure of direct injection', 0],
  ['consumption.rail.absolute', 'KPA', 'number', '', 'Fuel rail pressure, absolute', 0],
  ['consumption.cng.level', 'P1', 'number', '', 'Natural gas level', 0, 100],
  ['consumption.cng.used', 'KGM', 'number', '', 'Natural gas used, total', 0],
  ['consumption.lpg.level', 'P1', 'number', '', 'Liquefied gas level', 0, 100],
  ['consumption.lpg.used', 'LTR', 'number', '', 'Liquefied gas used, total', 0],
  ['consumption.ethanol.share', 'P1', 'number', '', 'Ethanol in the fuel', 0, 100],
  ['consumption.adblue.level', 'P1', 'number', `${ENGINE}DieselExhaustFluid.Level`, 'AdBlue level', 0, 102],
  ['consumption.adblue.volume', 'LTR', 'number', '', 'AdBlue in the tank', 0],
  ['consumption.adblue.temperature', 'CEL', 'number', '', 'AdBlue temperature', -60, 250],
  ['consumption.range.total', 'KMT', 'number', `${V}Powertrain.Range`, 'Range on all energy (VSS in metres)', 0],

  // doors
  ['doors.any.open', 'C62', 'boolean', '', 'Any door open'],
  ['doors.front_left.open', 'C62', 'boolean', '', 'Front left door open'],
  ['doors.front_right.open', 'C62', 'boolean', '', 'Front right door open'],
  ['doors.rear_left.open', 'C62', 'boolean', '', 'Rear left door open'],
  ['doors.rear_right.open', 'C62', 'boolean', '', 'Rear right door open'],
  ['doors.driver.open', 'C62', 'boolean', `${DOOR}Row1.DriverSide.IsOpen`, 'Driver door open'],
  ['doors.passenger.open', 'C62', 'boolean', `${DOOR}Row1.PassengerSide.IsOpen`, 'Passenger door open'],
  ['doors.trunk.open', 'C62', 'boolean', `${V}Body.Trunk.Rear.IsOpen`, 'Boot open'],
  ['doors.hood.open', 'C62', 'boolean', `${V}Body.Hood.IsOpen`, 'Bonnet open'],
  ['doors.all.locked', 'C62', 'boolean', '', 'Vehicle locked'],
  ['doors.luggage.locked', 'C62', 'boolean', '', 'Luggage box locked'],

  // lights
  ['lights.low_beam.on', 'C62', 'boolean', `${V}Body.Lights.Beam.Low.IsOn`, 'Low beam on'],
  ['lights.high_beam.on', 'C62', 'boolean', `${V}Body.Lights.Beam.High.IsOn`, 'High beam on'],
  ['lights.parking.on', 'C62', 'boolean', '', 'Parking lights on'],
  ['lights.hazard.on', 'C62', 'boolean', `${V}Body.Lights.Hazard.IsSignaling`, 'Hazard lights on'],
  ['lights.fog_front.on', 'C62', 'boolean', '', 'Front fog lights on'],
  ['lights.fog_rear.on', 'C62', 'boolean', `${V}Body.Lights.Fog.Rear.IsOn`, 'Rear fog light on'],

  // wheels
  ['wheels.speed.value', 'KMH', 'number', `${V}Speed`, 'Speed by the wheels', 0, 500],
  ['wheels.tachograph.speed', 'KMH', 'number', '', 'Speed by the tachograph', 0, 500],
  ['wheels.speed.max', 'KMH', 'number', '', 'Highest wheel speed of the journey', 0, 500],
  ['wheels.speed.average', 'KMH', 'number', `${V}AverageSpeed`, 'Average wheel speed of the journey', 0, 500],
  ['wheels.speed.tachograph', 'KMH', 'number', '', 'Speed by the tachograph', 0, 500],
  ['wheels.brake.position', 'P1', 'number', `${V}Chassis.Brake.PedalPosition`, 'Brake pedal', 0, 102],
  ['wheels.brake.pressed', 'C62', 'boolean', '', 'Brake pressed'],
  ['wheels.clutch.pressed', 'C62', 'boolean', '', 'Clutch pressed'],
  ['wheels.handbrake.engaged', 'C62', 'boolean', `${V}Chassis.ParkingBrake.IsEngaged`, 'Parking brake engaged'],
  ['wheels.axle.weight', 'KGM', 'number', '', 'Axle load', 0],
  ['wheels.axle1.weight', 'KGM', 'number', '', 'Load of axle 1', 0],
  ['wheels.axle2.weight', 'KGM', 'number', '', 'Load of axle 2', 0],
  ['wheels.axle3.weight', 'KGM', 'number', '', 'Load of axle 3', 0],
  ['wheels.axle4.weight', 'KGM', 'number', '', 'Load of axle 4', 0],
  ['wheels.axle5.weight', 'KGM', 'number', '', 'Load of axle 5', 0],
  ['wheels.vehicle.weight', 'KGM', 'number', `${V}CurrentOverallWeight`, 'Gross combination weight', 0],
  ['wheels.load.weight', 'KGM', 'number', '', 'Load carried', 0],
  ['wheels.front_left.pressure', 'KPA', 'number', `${AXLE}Row1.Wheel.Left.Tire.Pressure`, 'Tyre pressure front left', 0, 2_000],
  ['wheels.front_right.pressure', 'KPA', 'number', `${AXLE}Row1.Wheel.Right.Tire.Pressure`, 'Tyre pressure front right', 0, 2_000],
  ['wheels.rear_left.pressure', 'KPA', 'number', `${AXLE}Row2.Wheel.Left.Tire.Pressure`, 'Tyre pressure rear left', 0, 2_000],
  ['wheels.rear_right.pressure', 'KPA', 'number', `${AXLE}Row2.Wheel.Right.Tire.Pressure`, 'Tyre pressure rear right', 0, 2_000],
  ['wheels.air1.pressure', 'KPA', 'number', '', 'Service brake circuit 1 air pressure', 0, 2_100],
  ['wheels.air2.pressure', 'KPA', 'number', '', 'Service brake circuit 2 air pressure', 0, 2_100],
  ['wheels.slope.value', 'P1', 'number', '', 'Slope the vehicle stands on', -100, 100],

  // windows
  ['windows.any.open', 'C62', 'boolean', '', 'Any window open'],
  ['windows.driver.open', 'C62', 'boolean', `${DOOR}Row1.DriverSide.Window.IsOpen`, 'Driver window open'],

  // device: the box and what it measures itself
  ['device.supply.voltage', 'VLT', 'number', `${V}LowVoltageBattery.CurrentVoltage`, 'Voltage of the supply, usually the vehicle battery', 0, 100],
  ['device.battery.voltage', 'VLT', 'number', '', "Voltage of the device's own battery", 0, 30],
  ['device.battery.current', 'AMP', 'number', '', "Current of the device's own battery", -100, 100],
  ['device.battery.level', 'P1', 'number', '', "Charge of the device's own battery", 0, 100],
  ['device.battery.charging', 'C62', 'boolean', '', "The device's own battery is being charged"],
  ['device.battery.temperature', 'CEL', 'number', '', "Temperature of the device's own battery", -100, 200],
  ['device.gsm.signal', 'P1', 'number', '', 'Strength of the mobile signal', 0, 100],
  ['device.gsm.rssi', 'DBM', 'number', '', 'Received signal strength', -150, 0],
  ['device.gsm.operator', 'C62', 'integer', '', 'Mobile country and network code, as MCC * 100 (or 1000) + MNC', 0],
  ['device.gsm.mcc', 'C62', 'integer', '', 'Mobile country code', 0, 999],
  ['device.gsm.mnc', 'C62', 'integer', '', 'Mobile network code', 0, 999],
  ['device.gsm.cell', 'C62', 'integer', '', 'Cell identity', 0],
  ['device.gsm.area', 'C62', 'integer', '', 'Location or tracking area code', 0],
  ['device.gsm.technology', 'C62', 'integer', '', 'Radio technology as the device numbers it', 0],
  ['device.gsm.roaming', 'C62', 'boolean', '', 'Roaming'],
  ['device.gsm.jammed', 'C62', 'boolean', '', 'Jamming detected'],
  ['device.power.mode', 'C62', 'integer', '', 'Sleep mode as the device numbers it', 0],
  ['device.restart.count', 'C62', 'integer', '', 'Restarts', 0],
  ['device.temperature.value', 'CEL', 'number', '', 'Temperature inside the device', -100, 200],
  ['device.input1.state', 'C62', 'boolean', '', 'Digital input 1'],
  ['device.input2.state', 'C62', 'boolean', '', 'Digital input 2'],
  ['device.input3.state', 'C62', 'boolean', '', 'Digital input 3'],
  ['device.input4.state', 'C62', 'boolean', '', 'Digital input 4'],
  ['device.inputs.states', 'C62', 'integer', '', 'Digital inputs as a bit mask, bit 0 is input 1', 0],
  ['device.inputs.changes', 'C62', 'integer', '', 'Digital inputs that changed, as a bit mask', 0],
  ['device.output1.state', 'C62', 'boolean', '', 'Digital output 1'],
  ['device.output2.state', 'C62', 'boolean', '', 'Digital output 2'],
  ['device.output3.state', 'C62', 'boolean', '', 'Digital output 3'],
  ['device.output4.state', 'C62', 'boolean', '', 'Digital output 4'],
  ['device.analog1.voltage', 'VLT', 'number', '', 'Analogue input 1', -100, 1_000],
  ['device.analog2.voltage', 'VLT', 'number', '', 'Analogue input 2', -100, 1_000],
  ['device.analog3.voltage', 'VLT', 'number', '', 'Analogue input 3', -100, 1_000],
  ['device.analog4.voltage', 'VLT', 'number', '', 'Analogue input 4', -100, 1_000],
  ['device.analog1.raw', 'C62', 'integer', '', 'Analogue input 1 as the device numbers it', 0],
  ['device.analog2.raw', 'C62', 'integer', '', 'Analogue input 2 as the device numbers it', 0],
  ['device.sensor1.temperature', 'CEL', 'number', '', 'Temperature sensor 1', -100, 500],
  ['device.sensor2.temperature', 'CEL', 'number', '', 'Temperature sensor 2', -100, 500],
  ['device.sensor3.temperature', 'CEL', 'number', '', 'Temperature sensor 3', -100, 500],
  ['device.sensor4.temperature', 'CEL', 'number', '', 'Temperature sensor 4', -100, 500],
  ['device.sensor1.humidity', 'P1', 'number', '', 'Humidity sensor 1', 0, 100],
  ['device.sensor2.humidity', 'P1', 'number', '', 'Humidity sensor 2', 0, 100],
  ['device.sensor3.humidity', 'P1', 'number', '', 'Humidity sensor 3', 0, 100],
  ['device.sensor4.humidity', 'P1', 'number', '', 'Humidity sensor 4', 0, 100],
  ['device.ble1.temperature', 'CEL', 'number', '', 'Bluetooth sensor 1: temperature', -100, 500],
  ['device.ble1.humidity', 'P1', 'number', '', 'Bluetooth sensor 1: humidity', 0, 100],
  ['device.ble1.luminosity', 'C62', 'number', '', 'Bluetooth sensor 1: brightness, lux', 0],
  ['device.ble1.battery', 'P1', 'number', '', 'Bluetooth sensor 1: charge of its battery', 0, 100],
  ['device.ble2.temperature', 'CEL', 'number', '', 'Bluetooth sensor 2: temperature', -100, 500],
  ['device.ble2.humidity', 'P1', 'number', '', 'Bluetooth sensor 2: humidity', 0, 100],
  ['device.ble2.luminosity', 'C62', 'number', '', 'Bluetooth sensor 2: brightness, lux', 0],
  ['device.ble2.battery', 'P1', 'number', '', 'Bluetooth sensor 2: charge of its battery', 0, 100],
  ['device.ble3.temperature', 'CEL', 'number', '', 'Bluetooth sensor 3: temperature', -100, 500],
  ['device.ble3.humidity', 'P1', 'number', '', 'Bluetooth sensor 3: humidity', 0, 100],
  ['device.ble3.luminosity', 'C62', 'number', '', 'Bluetooth sensor 3: brightness, lux', 0],
  ['device.ble3.battery', 'P1', 'number', '', 'Bluetooth sensor 3: charge of its battery', 0, 100],
  ['device.ble4.temperature', 'CEL', 'number', '', 'Bluetooth sensor 4: temperature', -100, 500],
  ['device.ble4.humidity', 'P1', 'number', '', 'Bluetooth sensor 4: humidity', 0, 100],
  ['device.ble4.luminosity', 'C62', 'number', '', 'Bluetooth sensor 4: brightness, lux', 0],
  ['device.ble4.battery', 'P1', 'number', '', 'Bluetooth sensor 4: charge of its battery', 0, 100],
  ['device.sequence.value', 'C62', 'integer', '', 'Sequence number of the message', 0],
  ['device.profile.active', 'C62', 'integer', '', 'Active profile', 0],
  ['device.supply.connected', 'C62', 'boolean', '', 'Supply connected'],
  ['device.bus.active', 'C62', 'boolean', '', 'Vehicle bus heard'],

  // environment
  ['device.ambient.temperature', 'CEL', 'number', `${V}Exterior.AirTemperature`, 'Outside air temperature', -100, 200],
  ['device.ambient.pressure', 'KPA', 'number', '', 'Barometric pressure', 0, 255],
  ['device.ambient.luminosity', 'C62', 'number', '', 'Brightness, lux', 0],

  // behaviour
  ['behaviour.acceleration.x', 'MSK', 'number', `${V}Acceleration.Longitudinal`, 'Acceleration along the vehicle', -200, 200],
  ['behaviour.acceleration.y', 'MSK', 'number', `${V}Acceleration.Lateral`, 'Acceleration across the vehicle', -200, 200],
  ['behaviour.acceleration.z', 'MSK', 'number', `${V}Acceleration.Vertical`, 'Acceleration upwards', -200, 200],
  ['behaviour.acceleration.xmax', 'MSK', 'number', '', 'Hardest acceleration along the vehicle', 0, 200],
  ['behaviour.acceleration.xmin', 'MSK', 'number', '', 'Hardest braking along the vehicle, a magnitude', 0, 200],
  ['behaviour.acceleration.ymax', 'MSK', 'number', '', 'Hardest acceleration to one side', 0, 200],
  ['behaviour.acceleration.ymin', 'MSK', 'number', '', 'Hardest acceleration to the other side, a magnitude', 0, 200],
  ['behaviour.acceleration.zmax', 'MSK', 'number', '', 'Hardest acceleration upwards', 0, 200],
  ['behaviour.acceleration.zmin', 'MSK', 'number', '', 'Hardest acceleration downwards, a magnitude', 0, 200],
  ['behaviour.driving.type', 'C62', 'integer', '', 'Kind of green-driving event as the device numbers it', 0],
  ['behaviour.driving.value', 'C62', 'number', '', 'Size of the green-driving event as the device numbers it'],
  ['behaviour.driving.score', 'C62', 'number', '', 'Eco score as the device computes it', 0],
  ['behaviour.driving.duration', 'SEC', 'number', '', 'Length of the green-driving event', 0],
  ['behaviour.overspeed.active', 'C62', 'boolean', '', 'Above the speed limit set in the device'],
  ['behaviour.overspeed.speed', 'KMH', 'number', '', 'Speed at the start or end of an overspeed event', 0, 500],
  ['behaviour.idle.active', 'C62', 'boolean', '', 'Idling as the device concludes'],
  ['behaviour.trip.active', 'C62', 'boolean', '', 'The device holds itself to be in a journey'],
  ['behaviour.trip.business', 'C62', 'boolean', '', 'The journey is for business'],
  ['behaviour.driver1.state', 'C62', 'integer', '', 'Working state of driver 1 (tachograph numbering)', 0, 7],
  ['behaviour.driver2.state', 'C62', 'integer', '', 'Working state of driver 2 (tachograph numbering)', 0, 7],
  ['behaviour.driver1.card', 'C62', 'boolean', '', 'Card of driver 1 in the tachograph'],
  ['behaviour.driver2.card', 'C62', 'boolean', '', 'Card of driver 2 in the tachograph'],
  ['behaviour.alcohol.level', 'H29', 'number', '', 'Alcohol in the breath', 0],
  ['behaviour.alcohol.status', 'C62', 'integer', '', 'Outcome of the alcohol test as the device numbers it', 0],

  // service
  ['service.dtc.count', 'C62', 'integer', `${V}Diagnostics.DTCCount`, 'Stored trouble codes', 0],
  ['service.mil.on', 'C62', 'boolean', '', 'Malfunction lamp on'],
  ['service.lamp.stop', 'C62', 'boolean', '', 'Red stop lamp on'],
  ['service.lamp.warning', 'C62', 'boolean', '', 'Amber warning lamp on'],
  ['service.lamp.protect', 'C62', 'boolean', '', 'Protect lamp on'],
  ['service.mil.duration', 'MIN', 'number', '', 'Engine time with the malfunction lamp on', 0],
  ['service.dtc.duration', 'MIN', 'number', '', 'Time since trouble codes were cleared', 0],
  ['service.dtc.warmups', 'C62', 'integer', '', 'Warm-ups since trouble codes were cleared', 0],
  ['service.next.distance', 'KMT', 'number', `${V}Service.DistanceToService`, 'Distance to the next service'],
  ['service.next.duration', 'DAY', 'number', `${V}Service.TimeToService`, 'Time to the next service (VSS in seconds)'],
  ['service.module.voltage', 'VLT', 'number', '', 'Voltage at the control module', 0, 100],
  ['service.battery.voltage', 'VLT', 'number', '', 'Vehicle battery as the vehicle measures it', 0, 100],
  ['service.keyswitch.voltage', 'VLT', 'number', '', 'Vehicle battery as measured behind the key switch', 0, 100],

  // secure
  ['secure.alarm.active', 'C62', 'boolean', '', 'Vehicle alarm sounding'],
  ['secure.immobiliser.active', 'C62', 'boolean', '', 'Immobiliser engaged'],
  ['secure.towing.active', 'C62', 'boolean', '', 'Towing detected'],
  ['secure.unplug.active', 'C62', 'boolean', '', 'Device unplugged'],
  ['secure.crash.state', 'C62', 'integer', '', 'Crash detection as the device numbers it', 0],
  ['secure.tamper.active', 'C62', 'boolean', '', 'Device tampered with'],
  ['secure.belt.driver', 'C62', 'boolean', `${V}Cabin.Seat.Row1.DriverSide.IsBelted`, 'Driver belted'],
  ['secure.belt.passenger', 'C62', 'boolean', '', 'Passenger belted'],

  // texts
  ['device.vehicle.vin', 'C62', 'text', `${V}VehicleIdentification.VIN`, 'Vehicle identification number as the device reads it'],
  ['device.hardware.model', 'C62', 'text', '', 'Device model'],
  ['device.firmware.version', 'C62', 'text', '', 'Device firmware'],
  ['device.sim.iccid', 'C62', 'text', '', 'SIM card number'],
  ['device.sim.imsi', 'C62', 'text', '', 'Subscriber identity'],
  ['behaviour.driver1.id', 'C62', 'text', `${V}Occupant.Row1.DriverSide.Identifier.Subject`, 'Driver 1'],
  ['behaviour.driver2.id', 'C62', 'text', '', 'Driver 2'],
  ['behaviour.driver1.authorised', 'C62', 'text', '', 'Key of driver 1, found in the list of the device'],
  ['behaviour.driver1.rfid', 'C62', 'text', '', 'Radio card of driver 1'],
  ['service.dtc.list', 'C62', 'text', `${V}Diagnostics.DTCList`, 'Trouble codes, comma separated'],
  ['service.dtc.pending', 'C62', 'text', '', 'Trouble codes seen but not yet confirmed, comma separated'],
  ['service.dtc.permanent', 'C62', 'text', '', 'Trouble codes that clearing does not remove, comma separated'],
  ['service.pids.supported', 'C62', 'text', '', 'OBD-II service 01 parameters the vehicle offers, two hex digits each, comma separated'],
  ['engine.calibration.id', 'C62', 'text', '', 'Calibration identifications of the control modules, comma separated'],
  ['device.fms.version', 'C62', 'text', '', 'Version of the FMS standard the vehicle speaks'],
] as const satisfies readonly Row[];

/** A key of the catalogue. */
export type SignalKey = (typeof ROWS)[number][0];

/** The catalogue, in the order of the table. */
export const SIGNALS: readonly SignalFacts[] = (ROWS as readonly Row[]).map(([key, unit, type, vss, description, min, max]) => ({
  key,
  unit,
  type,
  vss: vss === '' ? null : vss,
  description,
  min: min ?? (type === 'boolean' ? 0 : null),
  max: max ?? (type === 'boolean' ? 1 : null),
}));

/** The catalogue by key. */
export const SIGNAL_BY_KEY: ReadonlyMap<string, SignalFacts> = new Map(SIGNALS.map((facts) => [facts.key, facts]));
