/**
 * HTTP/1.1 on a connection that is kept: a POST of a CloudEvent with the telemetry of one instant, proven by a bearer token. The answer is
 * known by its status and its length.
 */
import type { Talk } from '../talk.ts';
import { identOf, latitudeOf, longitudeE7, odometerM, RECORD_EVERY_MS, SPEED_KMH } from '../vehicle-track.ts';

export interface PushOptions {
  device: number;
  startsAt: number;
  window: number;
  host: string;
  path: string;
  authorization: string;
}

const STATUS_AT = 'HTTP/1.1 '.length;
const TWO = '2'.charCodeAt(0);
const LENGTH = 'content-length: ';
// What is written anew into each body; the widths never change.
const TIME = '2000-01-01T00:00:00.000Z';
const NUMBER = '00000000000';
const LONGITUDE = '-0.0000000';
const ODOMETER = '00000.000';
const METRES_OF_A_KM = 1_000;

export function httpTalk(options: PushOptions): Talk {
  const { startsAt, window } = options;
  const template = requestOf(options);
  const requests = Array.from({ length: window }, () => Buffer.from(template));
  const [idAt, timeAt] = [template.indexOf(NUMBER), template.indexOf(TIME)];
  const [longitudeAt, odometerAt] = [template.indexOf(LONGITUDE), template.indexOf(ODOMETER)];
  let next = 0;
  let answerBytes = 0;
  return {
    hello: null,
    welcome: { begins: new Uint8Array(), bytes: 0 },
    next() {
      const n = next++;
      const request = requests[n % window] as Buffer;
      request.write(String(n).padStart(NUMBER.length, '0'), idAt, 'latin1');
      request.write(new Date(startsAt + n * RECORD_EVERY_MS).toISOString(), timeAt, 'latin1');
      request.write((longitudeE7(n) / 1e7).toFixed(7), longitudeAt, 'latin1');
      request.write((odometerM(n) / METRES_OF_A_KM).toFixed(3), odometerAt, 'latin1');
      return request;
    },
    ack(bytes, from, to) {
      // Answers of one server to one sender differ in their date alone: the first is measured, the others have its length.
      if (answerBytes === 0) answerBytes = lengthOf(bytes, from, to);
      if (answerBytes === 0 || to - from < answerBytes) return 0;
      if (bytes[from + STATUS_AT] !== TWO)
        throw new Error(bytes.toString('latin1', from, Math.min(to, from + 60)).split('\r\n')[0]);
      return answerBytes;
    },
  };
}

/** Bytes of the answer, its head included; 0 where its head is not whole yet. */
function lengthOf(bytes: Buffer, from: number, to: number): number {
  const text = bytes.toString('latin1', from, to);
  const headBytes = text.indexOf('\r\n\r\n') + 4;
  if (headBytes < 4) return 0;
  const at = text.toLowerCase().indexOf(LENGTH);
  return headBytes + (at === -1 ? 0 : Number.parseInt(text.slice(at + LENGTH.length), 10));
}

function requestOf({ device, host, path, authorization }: PushOptions): Buffer {
  const ident = identOf(device);
  const body =
    `{"specversion":"1.0","id":"${NUMBER}","source":"load/${ident}","type":"org.example.telemetry","time":"${TIME}",` +
    `"subject":"${ident}","datacontenttype":"application/json","data":{"position":{"latitude":${latitudeOf(device).toFixed(7)},` +
    `"longitude":${LONGITUDE},"altitudeM":650,"speedKmh":${SPEED_KMH},"courseDeg":90,"satellites":11,"hdop":0.8,"valid":true},` +
    `"signals":{"odometer.total.value":${ODOMETER},"engine.speed.value":2300,"device.supply.voltage":13.6}}}`;
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: ${authorization}`,
    'Content-Type: application/cloudevents+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}
