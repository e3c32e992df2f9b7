/** What a fix of the tracker page says (docs/push-formats.md): the members of W3C's GeolocationPosition, and a few of our own. */
import { amount, envelope, fieldTable, fixPart, flag } from '#protocols/layers/push/rules';

export const FIELDS = fieldTable({
  'coords.latitude': fixPart('lat', 'degrees'),
  'coords.longitude': fixPart('lon', 'degrees'),
  'coords.altitude': fixPart('altitudeM', 'm'),
  'coords.accuracy': amount('position.gnss.accuracy', 'm'),
  'coords.altitudeAccuracy': amount('position.gnss.accuracy_vertical', 'm'),
  'coords.heading': fixPart('courseDeg', 'degrees'),
  'coords.speed': fixPart('speedKmh', 'm/s'),
  seq: amount('device.sequence.value', ''),
  'battery.level': amount('device.battery.level', 'fraction'),
  'battery.charging': flag('device.battery.charging'),
  id: envelope('the dedupe key'),
  timestamp: envelope('the time of the message'),
  queued: envelope('tells that a fix waited on the phone: the message is marked so'),
});
