/**
 * A fleet that keeps one frame in flight on each connection, in a process of its own: its work is not the gateway's. Frames are
 * made once a vehicle and stepped from then on, time and place, so that each of them is news and costs the fleet next to nothing.
 * Arguments: port, connections, records a frame. Says `ready` when all have logged in, and answers each line with the frames acknowledged.
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { imeiOf } from './imei.ts';
import { crc16Arc } from '#wire/crc';
import { encodeFrame, encodeLogin } from '../../protocols/teltonika/encode.ts';

const [port = 0, connections = 0, records = 1] = process.argv.slice(2).map(Number);
const STEP_MS = 1_000;
/** About 14 m north, in 1e-7 degrees. */
const STEP_LAT = 1_250;
const PAYLOAD_AT = 8;
const startsAt = Math.floor(Date.now() / 1_000) * 1_000 - 72 * 3_600_000;
let acknowledged = 0;
let loggedIn = 0;

const IO = [
  [239, 1, 1],
  [240, 1, 1],
  [21, 1, 4],
  [69, 1, 1],
  [89, 1, 60],
  [81, 1, 50],
  [181, 2, 12],
  [182, 2, 8],
  [66, 2, 13_800],
  [67, 2, 4_050],
  [85, 2, 2_300],
  [115, 2, 850],
  [16, 4, 12_345],
  [87, 4, 87_654_321],
] as const;

class Vehicle {
  readonly login: Uint8Array;
  readonly #frame: Uint8Array;
  readonly #view: DataView;
  readonly #recordBytes: number;
  #at = startsAt;
  #lat: number;

  constructor(index: number) {
    this.login = encodeLogin(imeiOf(index));
    this.#lat = 400_000_000 + index * 997;
    const fix = { lat: 40, lon: -3.7, valid: true, altitudeM: 650, speedKmh: 50, courseDeg: 0, satellites: 12 };
    const record = { deviceTime: startsAt, fix, io: IO };
    this.#frame = encodeFrame({ codec: '8e', records: Array.from({ length: records }, () => record) });
    this.#view = new DataView(this.#frame.buffer, this.#frame.byteOffset, this.#frame.byteLength);
    this.#recordBytes = (this.#frame.length - PAYLOAD_AT - 4 - 3) / records;
  }

  next(): Uint8Array {
    const view = this.#view;
    for (let i = 0, at = PAYLOAD_AT + 2; i < records; i++, at += this.#recordBytes) {
      this.#at += STEP_MS;
      this.#lat += STEP_LAT;
      view.setBigUint64(at, BigInt(this.#at));
      view.setInt32(at + 13, this.#lat);
    }
    const end = this.#frame.length - 4;
    view.setUint32(end, crc16Arc(this.#frame, PAYLOAD_AT, end));
    // The socket may keep what it is given.
    return this.#frame.slice();
  }
}

for (let i = 0; i < connections; i++) {
  const vehicle = new Vehicle(i);
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let isIn = false;
  socket.on('connect', () => socket.write(vehicle.login));
  socket.on('data', () => {
    if (isIn) acknowledged++;
    else if (++loggedIn === connections) console.log('ready');
    isIn = true;
    socket.write(vehicle.next());
  });
  socket.on('error', (error) => {
    console.error(String(error));
    process.exit(1);
  });
  socket.on('close', () => {
    console.error('a connection was closed');
    process.exit(1);
  });
}
createInterface({ input: process.stdin }).on('line', () => console.log(acknowledged));
