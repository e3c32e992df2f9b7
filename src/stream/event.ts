/** What a stream tells, as Server-Sent Events (HTML Living Standard, 9.2). */
import type { EpochMs } from '#model/clocks';
import type { LoggedTransition } from '../store/transition-log.ts';
import type { ReadPosition } from '../reading/position.ts';
import { cursorText, type Cursor } from './cursor.ts';

export const STREAM_EVENTS = ['position', 'transition'] as const;
export type StreamEventName = (typeof STREAM_EVENTS)[number];

/** A place that a tracker has stated. */
export interface Arrival {
  oid: string;
  observedAt: EpochMs;
  receivedAt: EpochMs;
  /** It was unloaded from the device's memory. */
  backlog: boolean;
  position: ReadPosition;
}

/** How things are shown: as the API shows them everywhere. */
export interface StreamShapes {
  position(arrival: Arrival): object;
  transition(logged: LoggedTransition): object;
}

/** An event with its place: whoever has read it goes on behind it. */
export interface StreamEvent {
  name: StreamEventName;
  oid: string;
  cursor: Cursor;
  text: string;
}

/** Makes an event. */
export function streamEvent(name: StreamEventName, oid: string, cursor: Cursor, data: object): StreamEvent {
  const text = `id: ${cursorText(cursor)}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  return { name, oid, cursor, text };
}

/** Moves the reader's place without telling anything; keeps the connection alive. */
export function placeOnly(cursor: Cursor): string {
  return `id: ${cursorText(cursor)}\n\n`;
}

/** What the reader has missed cannot be told any more: the stream goes on from here. */
export function resetEvent(cursor: Cursor, reason: string): string {
  return `id: ${cursorText(cursor)}\nevent: reset\ndata: ${JSON.stringify({ reason })}\n\n`;
}

/** The stream ends, and is not to be opened again as it was. */
export function endEvent(reason: string): string {
  return `event: end\ndata: ${JSON.stringify({ reason })}\n\n`;
}
