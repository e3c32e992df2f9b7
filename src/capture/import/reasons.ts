/**
 * What a report can say, in one table: reports, the command's output and docs/import.md use these words. The set is closed, so
 * that a report of a hostile file stays small.
 */

/** Why something of a source was not taken, or an entry could not be written. */
export const SKIPS = {
  'other-line': 'lines of the log that hold no bytes of a device',
  'not-understood': 'lines that are not of this format',
  'too-long': 'lines longer than a line may be',
  'cut-off': 'bytes whose end is missing in the source',
  empty: 'entries without a byte',
  'payload-lost': 'messages whose payload is not all there',
  'link-type': 'packets of a link type that is not read',
  'not-ip': 'packets that carry no IP',
  'other-transport': 'packets that carry neither TCP nor UDP',
  'other-port': 'packets of other ports',
  'cut-header': 'packets that end inside their headers',
  'cut-datagram': 'datagrams that were captured only in part',
  fragment: 'IP fragments whose datagram never became whole',
  encrypted: 'segments of TLS connections',
  'before-start': 'segments from before the first that was captured of their connection',
  'broken-file': 'the rest of the file, which cannot be read from here on',
  corrupt: 'ranges of a capture whose checksum does not hold',
  'remote-frame': 'CAN frames that ask for data and hold none',
  'error-frame': 'CAN error frames',
  'lost-frames': 'CAN frames that the logger itself lost',
  'not-can': 'entries that hold no CAN frames',
  'not-sent-by-device': 'entries that a device did not send',
  'no-such-transport': 'entries of a transport that the format has no form for',
  'too-large': 'entries larger than the format can hold in one piece',
} as const;

/** What was taken, but with a doubt or a loss that somebody should know of. */
export const NOTES = {
  gap: 'holes in a TCP stream: bytes that were not captured',
  jump: 'TCP streams that go on elsewhere: another connection of the same ports, of which no beginning was captured',
  retransmission: 'TCP segments that repeat what was captured already',
  'side-guessed': 'conversations of which nothing says who called: guessed from the ports',
  'lost-by-capture': 'captures of which whoever made them could not keep all',
  'no-time': 'entries to which the source gives no time',
  'no-channel': 'connections told apart by port and address alone',
  'taken-as-text': 'runs of hex digits taken as text',
  'taken-as-base64': 'payloads taken as base64, by their look',
  rewritten: 'JSON payloads written anew by whoever made the dump: their meaning is the same, their bytes may not be',
  'not-carried': 'parts of CAN records that are no CAN frames',
  'unfinished-frame': 'sessions that end inside a can-frames frame',
} as const;

export type Skip = keyof typeof SKIPS;
export type Note = keyof typeof NOTES;
