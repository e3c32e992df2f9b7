/**
 * What Traccar Client and apps like it send: members of the JSON form, and parameters of the older query form. Mind the speeds: metres a second
 * in the one, knots in the other.
 */
import { amount, envelope, fieldTable, fixPart, flag, lock, text, unless, unmapped } from '#protocols/layers/push/rules';

/** The phone's own library writes it where it does not know. */
const UNKNOWN = [-1];
const ASIDE = 'how good another value is';

export const JSON_FIELDS = fieldTable({
  'location.coords.latitude': fixPart('lat', 'degrees'),
  'location.coords.longitude': fixPart('lon', 'degrees'),
  'location.coords.altitude': fixPart('altitudeM', 'm'),
  'location.coords.speed': unless(UNKNOWN, fixPart('speedKmh', 'm/s')),
  'location.coords.heading': unless(UNKNOWN, fixPart('courseDeg', 'degrees')),
  'location.coords.accuracy': amount('position.gnss.accuracy', 'm'),
  'location.coords.altitude_accuracy': unless(UNKNOWN, amount('position.gnss.accuracy_vertical', 'm')),
  'location.coords.speed_accuracy': unmapped(ASIDE),
  'location.coords.heading_accuracy': unmapped(ASIDE),
  'location.coords.ellipsoidal_altitude': unmapped('the altitude above the ellipsoid, beside the one above the sea'),
  'location.coords.floor': unmapped('the floor of a building'),
  'location.is_moving': flag('position.motion.moving'),
  'location.odometer': amount('odometer.device.value', 'm'),
  'location.battery.level': unless(UNKNOWN, amount('device.battery.level', 'fraction')),
  'location.battery.is_charging': flag('device.battery.charging'),
  'location.activity.type': text('position.activity.type'),
  'location.activity.confidence': unmapped(ASIDE),
  'location.event': unmapped('why the app sends'),
  'location.mock': unmapped('the phone says that another app makes its positions up'),
  'location.age': envelope('when it was sent'),
  'location.uuid': envelope('the dedupe key'),
  'location.timestamp': envelope('the time of the message'),
  device_id: envelope('who sends it'),
});

export const QUERY_FIELDS = fieldTable({
  lat: fixPart('lat', 'degrees'),
  lon: fixPart('lon', 'degrees'),
  altitude: fixPart('altitudeM', 'm'),
  speed: fixPart('speedKmh', 'knots'),
  bearing: fixPart('courseDeg', 'degrees'),
  heading: fixPart('courseDeg', 'degrees'),
  hdop: fixPart('hdop', ''),
  accuracy: amount('position.gnss.accuracy', 'm'),
  valid: lock({ true: true, 1: true, false: false, 0: false }),
  batt: amount('device.battery.level', '%'),
  charge: flag('device.battery.charging'),
  driverUniqueId: text('behaviour.driver1.id'),
  cell: unmapped('cells of the mobile network, for who has no fix'),
  wifi: unmapped('wireless networks, for who has no fix'),
  location: envelope('latitude and longitude in one parameter'),
  timestamp: envelope('the time of the message'),
  id: envelope('who sends it'),
  deviceid: envelope('who sends it'),
});
