import type { EpochMs } from './clocks.ts';

/**
 * Where a command stands. `queued`: no session has carried it. `sent`: at least one has, and no answer is known. The others
 * are final: `answered` by the device; `expired` unanswered; `failed` refused by the device, or given up.
 */
export const COMMAND_STATUSES = ['queued', 'sent', 'answered', 'expired', 'failed'] as const;
export type CommandStatus = (typeof COMMAND_STATUSES)[number];

/** A request on its way to a device, and what came of it. */
export interface Command {
  /** Counts up over all commands, and is never given twice. A device gets its commands in this order. */
  id: number;
  /** The wire ident of the device. */
  ident: string;
  /** As the device's own language has it, for example `getinfo`. */
  text: string;
  /** Asks for the form that names the device, where the protocol has one: another device that gets it by mistake refuses. */
  addressed: boolean;
  /** How often it may be sent. */
  maxAttempts: number;
  queuedAt: EpochMs;
  /** From then on it is not sent. */
  expiresAt: EpochMs;
  status: CommandStatus;
  /** Sessions that have carried it. */
  attempts: number;
  /** When, over which session and in which protocol it was sent last; `null` before the first time. */
  sentAt: EpochMs | null;
  sessionId: string | null;
  protocol: string | null;
  /** When its answer came; `null` where none has. */
  answeredAt: EpochMs | null;
  /** The answer's text, or why it failed; `null` before. */
  result: string | null;
}

/** What the sender of a command says of it. */
export type NewCommand = Pick<Command, 'ident' | 'text' | 'addressed' | 'maxAttempts' | 'queuedAt' | 'expiresAt'>;

/** A command is open until something final is known of it. */
export function isOpen({ status }: Pick<Command, 'status'>): boolean {
  return status === 'queued' || status === 'sent';
}
