/** Tells of an ident that nobody registered: whether it is heard, and which tracker it may be meant for. Pure. */
import type { EpochMs } from '#model/clocks';
import type { Tracker } from '#model/tracker';
import type { Contact } from './contacts.ts';
import type { Liveness } from './liveness.ts';
import { contactLines, heardLines } from './why.ts';

export interface StrangerGrounds {
  ident: string;
  heard: Liveness | null;
  contacts: readonly Contact[];
  /** Trackers with nearly this id: it may be meant for one of them. */
  nearly: readonly Tracker[];
  at: EpochMs;
}

/** Explains the ident line by line; `null` where it was never heard. */
export function whyStranger({ ident, heard, contacts, nearly, at }: StrangerGrounds): string[] | null {
  const [contact] = contacts;
  if (heard === null && contact === undefined) return null;
  const refused = Object.keys(contact?.refused ?? {});
  const kept =
    heard === null
      ? 'its frames are refused'
      : 'its frames are stored under it and belong to a tracker as soon as one is registered';
  return [
    `${ident} is heard and no tracker goes by it: ${kept}`,
    ...contactLines(contact, at),
    ...(refused.length === 0 ? [] : [`Refused in that connection: ${refused.join(', ')}`]),
    ...heardLines(heard, at),
    ...nearly.map(({ trackerId, provider, oid }) => `Nearly the id of tracker ${trackerId} of ${provider}, ${oid}`),
    nearly.length === 0
      ? 'Next: register it, or find out whose box it is'
      : 'Next: if they are the same box, correct the id of that tracker',
  ];
}
