import { createRequire } from 'node:module';
import pino, { type DestinationStream, type Logger as PinoLogger, type LoggerOptions } from 'pino';
import type * as PinoPretty from 'pino-pretty';
import { toHex } from '#wire/hex';

export type Logger = PinoLogger;

export interface LogSettings {
  level: string;
  /** `json` writes one object a line, `pretty` one sentence, `auto` is pretty where standard output is a terminal. */
  format: 'auto' | 'json' | 'pretty';
}

/** Names under which nothing secret is ever logged, one and two levels deep. */
const SECRETS = ['password', 'secret', 'token', 'authorization', 'cookie', 'apiKey'];
/** Names under which device bytes are logged; only where somebody asked for debugging. */
const DEVICE_BYTES = ['frame', 'chunk', 'hex', 'payload'];

/**
 * Makes the gateway's logger. Secrets are masked whatever the level; device bytes are written, as hex, only at `debug` and
 * below, since a frame says where somebody was.
 */
export function createLogger(settings: LogSettings, destination?: DestinationStream): Logger {
  const verbose = settings.level === 'debug' || settings.level === 'trace';
  const hidden = verbose ? SECRETS : [...SECRETS, ...DEVICE_BYTES];
  const options: LoggerOptions = {
    level: settings.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: hidden.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: (_value, path) => (DEVICE_BYTES.includes(path.at(-1) ?? '') ? '[device bytes]' : '[secret]'),
    },
    serializers: Object.fromEntries(DEVICE_BYTES.map((name) => [name, hexOf])),
  };
  if (isPretty(settings)) return pino(options, prettily(destination ?? process.stdout));
  return pino(options, destination ?? pino.destination(1));
}

/** Tells whether lines are written for people. */
export function isPretty({ format }: Pick<LogSettings, 'format'>): boolean {
  return format === 'pretty' || (format === 'auto' && process.stdout.isTTY);
}

function hexOf(value: unknown): unknown {
  return value instanceof Uint8Array ? toHex(value) : value;
}

function prettily(destination: { write: (text: string) => unknown }): DestinationStream {
  // Loaded only where people read along: a service starts without it.
  const { prettyFactory } = createRequire(import.meta.url)('pino-pretty') as typeof PinoPretty;
  const toPretty = prettyFactory({ translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname', singleLine: true });
  return { write: (line) => destination.write(toPretty(line)) };
}
