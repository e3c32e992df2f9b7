import { isoOrNull, keyedValues } from '#model/plain-json';
import { recordIdText, type ReplayedMessage } from '../messages.ts';

/** A message as one line of JSON. Keys stand in a fixed order, times are ISO 8601. */
export function jsonLine({ piece, frame, message, resend }: ReplayedMessage): string {
  const { position } = message;
  return JSON.stringify({
    frame,
    message: message.index,
    receivedAt: isoOrNull(piece.at),
    session: piece.sessionId,
    peer: piece.peer,
    listener: piece.listener,
    transport: piece.transport,
    protocol: piece.codec?.name ?? null,
    codecVersion: piece.codec?.version ?? null,
    ident: message.ident,
    recordId: recordIdText(message),
    resend,
    deviceTime: isoOrNull(message.deviceTime),
    observedAt: isoOrNull(message.observedAt),
    clockRepair: message.clockRepair,
    backlog: message.backlog,
    position: position === null ? null : { ...position, fixTime: isoOrNull(position.fixTime) },
    signals: keyedValues(message.signalKeys, message.signalValues),
    states: keyedValues(message.stateKeys, message.stateValues),
    events: message.events.map(({ code, alarm }) => ({ code, alarm })),
  });
}
