import { toHex } from '#wire/hex';
import type { CaptureEntry } from '../entry.ts';
import type { TransferReport } from '../import/report.ts';
import { isoTime, NOTHING, textBytes, type EntryWriter } from './writer.ts';

/** Writes each entry as a line of JSON. */
export class JsonLinesWriter implements EntryWriter {
  readonly #rowOf: (entry: CaptureEntry) => object;
  readonly #report: TransferReport;

  constructor(rowOf: (entry: CaptureEntry) => object, report: TransferReport) {
    this.#rowOf = rowOf;
    this.#report = report;
  }

  begin(): Uint8Array {
    return NOTHING;
  }

  write(entry: CaptureEntry): Uint8Array {
    this.#report.count(entry);
    return textBytes(`${JSON.stringify(this.#rowOf(entry))}\n`);
  }

  end(): Uint8Array {
    return NOTHING;
  }
}

/** All that an entry says. */
export function frameRow(entry: CaptureEntry): object {
  const { at, direction, transport, listener, peer, sessionId, protocol, ident, dialect, companyId, bytes } = entry;
  const company = companyId === undefined ? {} : { company: companyId };
  const said = { direction, transport, listener, peer, session: sessionId, protocol, ident, dialect, ...company };
  return { at: isoTime(at), ...said, hex: toHex(bytes) };
}

/**
 * An MQTT message as mosquitto_sub's `%j` has it but for the payload, which is base64: `%j` cannot hold binary ones. The topic is
 * that of the gateway's own broker where device and protocol are known.
 */
export function mqttRow(entry: CaptureEntry): object {
  const { at, direction, sessionId, peer, protocol, ident, bytes } = entry;
  return {
    tst: isoTime(at),
    topic: topicOf(entry),
    qos: direction === 'in' ? 1 : 0,
    retain: 0,
    payloadlen: bytes.length,
    encoding: 'base64',
    payload: Buffer.from(bytes).toString('base64'),
    session: sessionId,
    ...(peer === '' ? {} : { peer }),
    ...(ident === null ? {} : { ident }),
    ...(protocol === null ? {} : { protocol }),
    direction,
  };
}

const TOPIC_IDENT = /^[A-Za-z0-9._:-]{1,64}$/;

function topicOf({ transport, listener, direction, protocol, ident, sessionId }: CaptureEntry): string {
  // What came over MQTT has its topic as the name of where it came in.
  if (transport === 'mqtt' && listener.includes('/')) return listener;
  const own = protocol !== null && ident !== null && TOPIC_IDENT.test(ident);
  const topic = own ? `odograph/v1/${ident}/${protocol}` : `capture/${sessionId}`;
  return direction === 'in' ? topic : `${topic}/reply`;
}
