import { ConfigError } from '../config/config-error.ts';
import type { ErrorCode } from '#errors/codes';
import { findGatewayError } from '#errors/gateway-error';

/** What the exit code of `odograph` says, after sysexits.h where it has a word for it. */
export const EXIT_CODES = {
  ok: { code: 0, means: 'Done.' },
  refused: {
    code: 1,
    means:
      'The gateway refuses what was asked, for example a tracker that exists; something sent is missing; or an end did not wait for the drain.',
  },
  usage: { code: 64, means: 'The command line is wrong.' },
  input: {
    code: 65,
    means: 'The input is wrong: bytes that cannot be decoded, at least in part, or SQL that ClickHouse refuses.',
  },
  unavailable: {
    code: 69,
    means: 'Something needed is not there: a port is taken, the spool is locked, ClickHouse does not answer.',
  },
  bug: { code: 70, means: 'The gateway itself failed. Please report it.' },
  config: { code: 78, means: 'The configuration is wrong. Nothing was opened or bound.' },
} as const satisfies Record<string, { code: number; means: string }>;

export type Exit = keyof typeof EXIT_CODES;

/** A command's own way to end with a message and a code, without a stack trace. */
export class CommandFailure extends Error {
  readonly exit: Exit;

  constructor(exit: Exit, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandFailure';
    this.exit = exit;
  }
}

const BY_FAMILY: Readonly<Record<string, Exit>> = {
  wire: 'input',
  decode: 'input',
  session: 'unavailable',
  listener: 'unavailable',
  spool: 'unavailable',
  sink: 'unavailable',
  store: 'unavailable',
  secrets: 'config',
  lifecycle: 'refused',
  tracker: 'refused',
  company: 'refused',
  group: 'refused',
  credential: 'refused',
  paper: 'refused',
  repeat: 'refused',
  key: 'refused',
  provider: 'unavailable',
  push: 'refused',
  stream: 'refused',
  consent: 'refused',
  link: 'refused',
  page: 'refused',
  quarantine: 'refused',
  command: 'refused',
  capture: 'input',
  webhook: 'refused',
  import: 'input',
  config: 'config',
  bug: 'bug',
};

/** The exit for an error code of the gateway. */
export function exitForCode(code: ErrorCode): Exit {
  return BY_FAMILY[code.split('_')[0] ?? ''] ?? 'bug';
}

/** The exit for whatever was thrown. */
export function exitFor(error: unknown): Exit {
  if (error instanceof CommandFailure) return error.exit;
  if (error instanceof ConfigError) return 'config';
  const found = findGatewayError(error);
  return found === undefined ? 'bug' : exitForCode(found.code);
}
