/** What a message says besides signals: its envelope, and the answers about registrations, services and trips. */
import { amount, envelope, fieldTable, moment, text, unmapped } from '#protocols/layers/push/rules';

const SENT = 'how and when it was sent';
const TYPED = 'the type of a text, which the table of signals knows';

export const MESSAGE = fieldTable({
  messageId: envelope('the dedupe key'),
  vin: envelope('the vehicle the message is about'),
  timestamp: envelope(SENT),
  messageType: envelope('the parts that are there say what a message is'),
  version: envelope(SENT),
  serviceId: envelope(SENT),
  sendingBehaviour: envelope(SENT),
  _note: envelope('a note of whoever made the sample'),
  'data.signals[].type': envelope(TYPED),
  'data.tripSummary.tripAttributes[].timestamp': envelope(
    'when a signal of an ended journey was sent: the journey says when it was',
  ),
  'data.tripSummary.tripAttributes[].type': envelope(TYPED),
});

/** Names of the decoder's own for what is no signal. */
export const STATEMENTS = fieldTable({
  'trip.id': text('behaviour.trip.id'),
  'idling.start': moment('idle.start', 'ms'),
  'idling.end': moment('idle.stop', 'ms'),
  'idling.duration': amount('behaviour.idle.duration', 'ms'),
  'registration.state': unmapped(
    'how the registration of the vehicle at Mercedes-Benz stands; where it ends, a consent says so',
  ),
  'registration.errors': unmapped('why Mercedes-Benz did not register the vehicle'),
  'service.states': unmapped('which services of Mercedes-Benz are active for the vehicle; a consent says what follows'),
});
