/** What Silence's interface says of a scooter and of a trip, and what the open private server says (README.md, Source). */
import { amount, envelope, fieldTable, fixPart, flag, text, unmapped, vehicleSpeed, words } from '#protocols/layers/push/rules';

const MODES = {
  0: 'idle',
  1: 'moving without key',
  2: 'city',
  3: 'eco',
  4: 'sport',
  5: 'battery out',
  6: 'charging',
} as const;
const LABEL = 'how the owner, or the maker, calls the scooter';
const ALARM = 'whether it is armed or sounding is nowhere said';

export const SCOOTER = fieldTable({
  'lastLocation.latitude': fixPart('lat', 'degrees'),
  'lastLocation.longitude': fixPart('lon', 'degrees'),
  'lastLocation.altitude': fixPart('altitudeM', 'm'),
  'lastLocation.currentSpeed': fixPart('speedKmh', 'km/h'),
  velocity: amount('wheels.speed.value', 'km/h'),
  odometer: amount('odometer.total.value', 'km'),
  range: amount('charging.battery.range', 'km'),
  batterySoc: amount('charging.battery.level', '%'),
  charging: flag('charging.state.active'),
  batteryOut: flag('charging.battery.present', { true: false, false: true, 1: false, 0: true }),
  batteryTemperature: amount('charging.battery.temperature', 'celsius'),
  motorTemperature: amount('engine.motor.temperature', 'celsius'),
  inverterTemperature: amount('engine.inverter.temperature', 'celsius'),
  status: text('behaviour.driving.state', MODES),
  model: text('device.vehicle.model'),
  plate: text('device.vehicle.plate'),
  'trackingDevice.firmwareVersion': text('device.firmware.version'),
  'trackingDevice.model': text('device.hardware.model'),
  alarmActivated: unmapped(ALARM),
  revision: unmapped(LABEL),
  color: unmapped(LABEL),
  name: unmapped(LABEL),
  id: unmapped(LABEL),
  frameNo: unmapped('the number of the frame, where the IMEI names the scooter'),
  btMac: unmapped('the address of its Bluetooth radio'),
  batteryId: unmapped('the number of the battery in it'),
  manufactureDate: unmapped('a date that never changes'),
  imei: envelope('the scooter'),
  lastReportTime: envelope('the time of the message'),
  'lastLocation.time': envelope('the time of the position'),
  'trackingDevice.timestamp': envelope('the time of the statements about the tracker'),
  lastConnection: envelope('when the scooter last talked to its cloud, whatever it said'),
});

export const TRIP = fieldTable({
  'trip.id': text('behaviour.trip.id'),
  'trip.startBattery': amount('charging.battery.level', '%'),
  'trip.endBattery': amount('charging.battery.level', '%'),
  'trip.distance': amount('odometer.trip.value', 'km'),
  'trip.speedMax': amount('wheels.speed.max', 'km/h'),
  'trip.speedAvg': amount('wheels.speed.average', 'km/h'),
  'trip.co2Savings': unmapped('what a petrol scooter would have blown out, by the maker’s estimate'),
  'trip.fromDescription': unmapped('the place of the start in words'),
  'trip.toDescription': unmapped('the place of the end in words'),
  'trip.lat': fixPart('lat', 'degrees'),
  'trip.lon': fixPart('lon', 'degrees'),
});

/** Names of the private server, each of which has a topic of its own. Energies are what its package for a home calls kWh. */
export const SERVER = fieldTable({
  latitude: fixPart('lat', 'degrees'),
  longitude: fixPart('lon', 'degrees'),
  speed: vehicleSpeed('km/h'),
  odo: amount('odometer.total.value', 'km'),
  SOCbatteria: amount('charging.battery.level', '%'),
  VOLTbatteria: amount('charging.battery.voltage', 'V'),
  batteryCurrent: amount('charging.battery.current', 'A'),
  BatteryTempMax: amount('charging.battery.hottest', 'celsius'),
  BatteryTempMin: amount('charging.battery.coldest', 'celsius'),
  chargedEnergy: amount('charging.battery.charged', 'kWh'),
  DischargedEnergy: amount('charging.battery.consumed', 'kWh'),
  RegeneratedEnergy: amount('charging.battery.regenerated', 'kWh'),
  motorTemp: amount('engine.motor.temperature', 'celsius'),
  inverterTemp: amount('engine.inverter.temperature', 'celsius'),
  ambientTemp: amount('device.ambient.temperature', 'celsius'),
  astraBatterySOC: amount('device.battery.level', '%'),
  batteryIn: words('charging.battery.present', { 1: 1, 0: 0, true: 1, false: 0 }),
  VIN: text('device.vehicle.vin'),
  movementAlarm: unmapped(ALARM),
  ...Object.fromEntries(
    Array.from({ length: 14 }, (_, i) => [`Cell${i + 1}Voltage`, unmapped('one cell of the traction battery, in millivolts')]),
  ),
  'last-update': envelope('the time of the message'),
});
