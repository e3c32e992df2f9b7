/** Writes entries as packets in the file formats of libpcap and pcapng, little-endian, as raw IP. */
import type { EpochMs } from '#model/clocks';
import type { CaptureEntry } from '../entry.ts';
import { LINK } from '../import/link-layer.ts';
import { PCAP_HEAD_BYTES, PCAP_MAGIC, PCAP_PACKET_HEAD_BYTES } from '../import/pcap-file.ts';
import { BYTE_ORDER_MAGIC, ENHANCED_PACKET, INTERFACE, SECTION_HEADER } from '../import/pcapng-file.ts';
import type { TransferReport } from '../import/report.ts';
import { MOST_DATAGRAM_BYTES, PacketMaker } from './packet-maker.ts';
import { NOTHING, type EntryWriter } from './writer.ts';

export type PacketForm = 'pcap' | 'pcapng';

const SNAP_LENGTH = 262_144;
const LAST_SECOND = 2 ** 32 - 1;

export class PacketsWriter implements EntryWriter {
  readonly #form: PacketForm;
  readonly #report: TransferReport;
  readonly #maker = new PacketMaker();
  #number = 0;

  constructor(form: PacketForm, report: TransferReport) {
    this.#form = form;
    this.#report = report;
  }

  begin(): Uint8Array {
    return this.#form === 'pcap' ? pcapHead() : Buffer.concat([sectionHead(), interfaceHead()]);
  }

  write(entry: CaptureEntry): Uint8Array {
    const place = `entry ${++this.#number}`;
    const { transport, bytes, at } = entry;
    if (transport === 'mqtt' || transport === 'http') this.#report.skip('no-such-transport', place, transport);
    else if (bytes.length === 0) this.#report.skip('empty', place);
    else if (transport === 'udp' && bytes.length > MOST_DATAGRAM_BYTES) {
      this.#report.skip('too-large', place, `${bytes.length} bytes`);
    } else {
      this.#report.count(entry);
      const record = this.#form === 'pcap' ? pcapPacket : pcapngPacket;
      return Buffer.concat(this.#maker.packetsOf(entry).map((packet) => record(packet, at)));
    }
    return NOTHING;
  }

  end(): Uint8Array {
    return NOTHING;
  }
}

function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setUint32(i * 4, value, true));
  return bytes;
}

const VERSION_2_4 = 0x0004_0002;

function pcapHead(): Uint8Array {
  const head = words(PCAP_MAGIC, VERSION_2_4, 0, 0, SNAP_LENGTH, LINK.raw);
  return head.subarray(0, PCAP_HEAD_BYTES);
}

/** The format counts unsigned seconds: times outside of them stand at its ends. */
function pcapPacket(packet: Uint8Array, at: EpochMs): Uint8Array {
  const ms = Math.max(0, Math.min(at, LAST_SECOND * 1_000));
  const head = words(Math.floor(ms / 1_000), Math.floor(ms % 1_000) * 1_000, packet.length, packet.length);
  const bytes = new Uint8Array(PCAP_PACKET_HEAD_BYTES + packet.length);
  bytes.set(head);
  bytes.set(packet, PCAP_PACKET_HEAD_BYTES);
  return bytes;
}

const VERSION_1_0 = 1;
const UNKNOWN = 0xffff_ffff;

/** Version 1.0, of unknown length. */
function sectionHead(): Uint8Array {
  return words(SECTION_HEADER, 28, BYTE_ORDER_MAGIC, VERSION_1_0, UNKNOWN, UNKNOWN, 28);
}

/** Timestamps in microseconds, as they are where nothing else is said. */
function interfaceHead(): Uint8Array {
  return words(INTERFACE, 20, LINK.raw, SNAP_LENGTH, 20);
}

function pcapngPacket(packet: Uint8Array, at: EpochMs): Uint8Array {
  const micros = Math.max(0, Math.floor(at)) * 1_000;
  const padded = (packet.length + 3) & ~3;
  const length = 32 + padded;
  const bytes = new Uint8Array(length);
  bytes.set(words(ENHANCED_PACKET, length, 0, Math.floor(micros / 2 ** 32), micros % 2 ** 32, packet.length, packet.length));
  bytes.set(packet, 28);
  bytes.set(words(length), length - 4);
  return bytes;
}
