/** Keys of Pleos' periodic messages (README.md, Source), nested or dotted: few are published, the others stay under their own names. */
import { amount, envelope, fieldTable, fixPart, vehicleSpeed } from '#protocols/layers/push/rules';

/** The documents name no unit of the pressures: without one that comes with the value, it stays as it is. */
const UNSTATED = '?';

export const FIELDS = fieldTable({
  'Vehicle.Latitude': fixPart('lat', 'degrees'),
  'Vehicle.Longitude': fixPart('lon', 'degrees'),
  'Vehicle.Speed': vehicleSpeed('km/h'),
  'Vehicle.Odometer': amount('odometer.total.value', 'km'),
  'AuxiliaryBattery.Voltage': amount('service.battery.voltage', 'V'),
  'Vehicle.Tire.Pressure.FrontLeft': amount('wheels.front_left.pressure', UNSTATED),
  'Vehicle.Tire.Pressure.FrontRight': amount('wheels.front_right.pressure', UNSTATED),
  'Vehicle.Tire.Pressure.RearLeft': amount('wheels.rear_left.pressure', UNSTATED),
  'Vehicle.Tire.Pressure.RearRight': amount('wheels.rear_right.pressure', UNSTATED),
});

export const MESSAGE = fieldTable({
  vin: envelope('the vehicle the message is about'),
  vehicleId: envelope("Pleos' own name of the vehicle, which its VIN tells better"),
  itemsCount: envelope('how many items there are, which the list tells'),
  'items[].messageTime': envelope('the time of values without one of their own, and of the dedupe key'),
});
