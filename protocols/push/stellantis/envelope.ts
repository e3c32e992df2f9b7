/** What of the bodies is not kept: names, times and the forms around values. Paths are those of the published samples. */
import { envelope, fieldTable, forAll } from '#protocols/layers/push/rules';

export const ENVELOPE = fieldTable(
  forAll(
    ['monitorId', 'callbackId', 'attributes[].key', 'attributes[].value', 'date', 'type'],
    envelope('which subscription sent it, and what was told it to send along'),
  ),
  forAll(
    ['events[].values[].value.type', 'events[].extensions[].type', 'events[].extensions[].body.position.type'],
    envelope('the form of what follows, which it shows itself'),
  ),
  forAll(['events[].extensions[].body.position.geometry.type'], envelope('GeoJSON: always a point')),
  forAll(
    ['events[].extensions[].body.alerts[].createdAt', 'events[].extensions[].body.alerts[].endAt'],
    envelope('the time of an alert that does not say when it began or ended'),
  ),
  forAll(['_id', 'datetimeSending'], envelope('Mobilisights: the number and the time of the export')),
  forAll(['datetime', 'engine.battery.datetime'], envelope('Mobilisights: the time of values that have none of their own')),
);
