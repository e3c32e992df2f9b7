import { z } from 'zod';
import { bytes, count, duration, flag, port, text, withDefault } from './fields.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** The HTTP API. */
export const api = z
  .strictObject({
    host: text(
      'Address of the API. Beyond the own machine, give it a certificate or put a proxy that speaks TLS before it',
      'a host name or address',
    ).default('127.0.0.1'),
    port: port('Port of the API').default(8_080),
    certFile: text(
      'PEM file of a certificate, followed by those that lead to its authority: then the API speaks TLS',
      'a path',
    ).optional(),
    keyFile: text('PEM file of its key', 'a path').optional(),
    clientCaFile: text(
      'PEM file of the authorities whose client certificates are believed, for clouds that prove themselves by one; nobody else needs one',
      'a path',
    ).optional(),
    requireClientCert: flag(
      'Refuses connections without a certificate that those authorities have signed, browsers and all',
    ).default(false),
    allowedOrigins: z
      .array(text('Origin', 'an origin such as https://fleet.example', /^(\*|https?:\/\/[^/\s]+)$/), {
        error: 'a list of origins',
      })
      .default([])
      .meta({ description: 'Web pages of these origins may call the API from a browser' }),
    trustedProxies: z
      .array(text('Address', 'an address or a range such as 10.0.0.0/8'), { error: 'a list of addresses' })
      .default([])
      .meta({ description: 'Proxies whose `X-Forwarded-For` says where a request comes from' }),
    bodyBytes: withDefault(bytes('Longest body of a request, but for uploaded files', KIB, 64 * MIB), 256 * KIB),
    uploadBytes: withDefault(bytes('Longest uploaded file', KIB, 64 * MIB), 4 * MIB),
    connections: count('Open connections of the API, pushes included; more are refused', 1, 1_000_000).default(10_000),
    connectionsPerAddress: count('Of these, those from one address; `trustedProxies` are not counted', 1, 1_000_000).default(
      2_000,
    ),
    headerBytes: withDefault(bytes('Longest head of a request', KIB, MIB), 16 * KIB),
    headersTimeoutMs: withDefault(
      duration('Time for the head of a request, and for the TLS handshake', 100, HOUR),
      10 * SECOND,
    ),
    requestTimeoutMs: withDefault(duration('Time for a whole request, uploads included', SECOND, HOUR), 60 * SECOND),
    requestsPerMinute: count('Requests that one key may make in a minute; more are answered 429', 1, 10_000_000).default(6_000),
    streams: count('Readers of `/v1/stream` at a time; more are answered 429', 0, 100_000).default(2_000),
    streamsPerCompany: count('Of these, those of one company', 0, 100_000).default(1_000),
    streamWaitingBytes: withDefault(
      bytes(
        'What may wait for a reader that does not read; with more it is cut off, and goes on where it was when it comes again',
        KIB,
        64 * MIB,
      ),
      MIB,
    ),
    streamBytesPerSecond: withDefault(
      bytes(
        'What all readers of `/v1/stream` together are given in a second; more is told later, and costs those who send nothing',
        KIB,
        1_024 * MIB,
      ),
      32 * MIB,
    ),
    failedKeysPerMinute: count(
      'Requests without a valid key that may come from one address in a minute; more are answered 429, unread',
      1,
      1_000_000,
    ).default(60),
  })
  .prefault({})
  .meta({ description: 'The HTTP API: trackers, keys, credentials, groups' });
