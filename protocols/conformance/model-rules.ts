/** What every message must keep to, whatever bytes it was made of. */
import { EVENTS } from '#model/events';
import type { Message } from '#model/message';
import { SIGNAL_BY_KEY } from '#model/signals';
import type { Codec } from '#protocols/codec';

/** Says what is wrong with a message; nothing where all is well. Keys outside of the catalogues begin with the codec's name. */
export function* breachesOfModel(message: Message, codec: Codec): Generator<string> {
  const own = `${codec.name}.`;
  if (message.signalKeys.length !== message.signalValues.length) yield 'signal keys and values are not parallel';
  if (message.stateKeys.length !== message.stateValues.length) yield 'state keys and values are not parallel';
  if (message.identity.length === 0) yield 'its identity is empty';
  for (const [index, key] of message.signalKeys.entries()) {
    const facts = SIGNAL_BY_KEY.get(key);
    if (facts === undefined ? !key.startsWith(own) : facts.type === 'text') yield `signal ${key} is in no catalogue`;
    if (!Number.isFinite(message.signalValues[index])) yield `signal ${key} is ${message.signalValues[index]}`;
  }
  for (const key of message.stateKeys) {
    const facts = SIGNAL_BY_KEY.get(key);
    if (facts === undefined ? !key.startsWith(own) : facts.type !== 'text') yield `state ${key} is in no catalogue`;
  }
  for (const { code } of message.events) {
    if (!Object.hasOwn(EVENTS, code) && !code.startsWith(own)) yield `event ${code} is in no catalogue`;
  }
  if (message.deviceTime !== null && !Number.isInteger(message.deviceTime)) yield `deviceTime is ${message.deviceTime}`;
  yield* breachesOfFix(message);
}

function* breachesOfFix({ fix }: Message): Generator<string> {
  if (fix === null) return;
  const { lat, lon, fixTime, altitudeM, speedKmh, courseDeg, satellites, hdop } = fix;
  if (!(Math.abs(lat) <= 90)) yield `lat is ${lat}`;
  if (!(Math.abs(lon) <= 180)) yield `lon is ${lon}`;
  if (fixTime !== null && !Number.isInteger(fixTime)) yield `fixTime is ${fixTime}`;
  if (altitudeM !== null && !Number.isFinite(altitudeM)) yield `altitudeM is ${altitudeM}`;
  if (speedKmh !== null && !(speedKmh >= 0 && speedKmh < Infinity)) yield `speedKmh is ${speedKmh}`;
  if (courseDeg !== null && !(courseDeg >= 0 && courseDeg <= 360)) yield `courseDeg is ${courseDeg}`;
  if (satellites !== null && !(Number.isInteger(satellites) && satellites >= 0)) yield `satellites is ${satellites}`;
  if (hdop !== null && !(hdop >= 0 && hdop < Infinity)) yield `hdop is ${hdop}`;
}
