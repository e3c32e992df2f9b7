/** Members of our own telemetry JSON (docs/push-formats.md), as the data of a CloudEvent. Signals stand under the keys of the catalogue. */
import { SIGNALS, type SignalKey } from '#model/signals';
import { amount, envelope, fieldTable, fixPart, flag, lock, text, type FieldRule } from '#protocols/layers/push/rules';

export const POSITION = fieldTable({
  'position.latitude': fixPart('lat', 'degrees'),
  'position.longitude': fixPart('lon', 'degrees'),
  'position.altitudeM': fixPart('altitudeM', 'm'),
  'position.speedKmh': fixPart('speedKmh', 'km/h'),
  'position.courseDeg': fixPart('courseDeg', 'degrees'),
  'position.satellites': fixPart('satellites', ''),
  'position.hdop': fixPart('hdop', ''),
  'position.accuracyM': amount('position.gnss.accuracy', 'm'),
  'position.valid': lock({ true: true, false: false }),
});

export const ENVELOPE = fieldTable({
  specversion: envelope('the version of CloudEvents, 1.0'),
  id: envelope('the dedupe key, with the source'),
  source: envelope('the dedupe key, with the id'),
  type: envelope('what kind of event it is; the data says what is in it'),
  subject: envelope('the vehicle, where the data names none'),
  time: envelope('the time of the data where it has none'),
  datacontenttype: envelope('JSON, whatever else it says'),
  dataschema: envelope('where a schema of the data can be read'),
  'data.vehicle': envelope('the vehicle'),
  'data.at': envelope('the time of the message'),
});

/** A rule for each key of the catalogue: a value is in the catalogue's unit unless it says another. */
export const BY_KEY: ReadonlyMap<string, FieldRule> = new Map(
  SIGNALS.map(({ key, type, unit }) => {
    const known = key as SignalKey;
    return [key, type === 'text' ? text(known) : type === 'boolean' ? flag(known) : amount(known, unit)];
  }),
);
