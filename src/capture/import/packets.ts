import type { CaptureEntry } from '../entry.ts';
import { Conversations } from './conversations.ts';
import { Fragments } from './fragments.ts';
import { readIp, TCP, UDP, type IpPacket } from './ip.ts';
import { insideLink } from './link-layer.ts';
import type { PacketFile, RawPacket } from './packet-file.ts';
import type { EntryReader, ReadOptions } from './reader.ts';
import type { TransferReport } from './report.ts';
import { readTcp, readUdp } from './tcp-segment.ts';

/** Reads packets of either file format: what devices and gateway said to each other over TCP and UDP. */
export class PacketsReader implements EntryReader {
  readonly #file: PacketFile;
  readonly #report: TransferReport;
  readonly #fragments: Fragments;
  readonly #conversations: Conversations;
  #entries: CaptureEntry[] = [];
  #saidBroken = false;
  #last = 0;

  constructor(file: PacketFile, options: ReadOptions, report: TransferReport) {
    this.#file = file;
    this.#report = report;
    this.#fragments = new Fragments(report);
    this.#conversations = new Conversations(options, report, (entry) => this.#entries.push(entry));
  }

  push(chunk: Uint8Array): CaptureEntry[] {
    this.#file.push(chunk, (packet) => this.#packet(packet));
    if (this.#file.broken !== null && !this.#saidBroken) {
      this.#saidBroken = true;
      this.#report.skip('broken-file', `packet ${this.#last + 1}`, this.#file.broken);
    }
    return this.#taken();
  }

  end(): CaptureEntry[] {
    const { broken, unfinished } = this.#file;
    if (broken === null && unfinished > 0) {
      this.#report.skip('cut-off', `packet ${this.#last + 1}`, `${unfinished} bytes of it are there`);
    }
    this.#fragments.end();
    this.#conversations.end();
    return this.#taken();
  }

  #taken(): CaptureEntry[] {
    const taken = this.#entries;
    this.#entries = [];
    return taken;
  }

  #packet({ number, at, linkType, bytes, length }: RawPacket): void {
    this.#last = number;
    const place = `packet ${number}`;
    const inside = insideLink(linkType, bytes);
    if ('skip' in inside) {
      this.#report.skip(inside.skip, place, inside.detail);
      return;
    }
    const packet = readIp(inside.ip);
    if (packet === null) {
      this.#report.skip('cut-header', place, `${bytes.length} bytes of ${length}`);
      return;
    }
    const whole = packet.fragment === null ? packet : this.#fragments.add(packet, at, number);
    if (whole !== null) this.#transport(whole, at, number);
  }

  #transport(packet: IpPacket, at: number, number: number): void {
    const place = `packet ${number}`;
    const passing = { source: packet.source, destination: packet.destination, at, packetNumber: number };
    if (packet.protocol === TCP) {
      const segment = readTcp(packet);
      if (segment === null) this.#report.skip('cut-header', place, `${packet.payload.length} bytes of TCP`);
      else this.#conversations.segment(passing, segment);
    } else if (packet.protocol === UDP) {
      const datagram = readUdp(packet);
      if (datagram === null) this.#report.skip('cut-header', place, `${packet.payload.length} bytes of UDP`);
      else this.#conversations.datagram(passing, datagram);
    } else this.#report.skip('other-transport', place, `protocol ${packet.protocol}`);
  }
}
