import type { EpochMs } from '#model/clocks';
import { isOpen, type Command } from '#model/command';

/** What is known around an open command. */
export interface Surroundings {
  /** The oldest open command of the same device. */
  firstOpenId: number;
  /** When the device was heard last, and how; `null` where it never was. */
  heard: { protocol: string; transport: string; lastFrameAt: EpochMs } | null;
  /** Whether that protocol has commands. */
  takesCommands: boolean;
  at: EpochMs;
}

/** Time after which a device that could be reached would have been, ms. */
const REACHED_WITHIN_MS = 2_000;

/** Says in words what an open command waits for; empty for one that has ended. */
export function whatItWaitsFor(command: Command, { firstOpenId, heard, takesCommands, at }: Surroundings): string {
  if (!isOpen(command)) return '';
  if (command.expiresAt <= at) return 'its time is over: the gateway ends it as soon as it runs';
  if (command.status === 'sent') return afterSending(command, at);
  if (heard === null) return 'the device to be heard for the first time';
  const last = `last heard ${utc(heard.lastFrameAt)} over ${heard.transport}`;
  if (!takesCommands) return `a session in a protocol that has commands: ${heard.protocol} has none, ${last}`;
  if (heard.transport !== 'tcp' && heard.transport !== 'tls') return `a session over TCP: ${last}`;
  if (firstOpenId !== command.id) return `command ${firstOpenId} of the same device`;
  return at - command.queuedAt < REACHED_WITHIN_MS ? 'the gateway to send it' : `a session: none is open, ${last}`;
}

function afterSending({ attempts, maxAttempts, sentAt }: Command, at: EpochMs): string {
  const sent = `sent ${Math.max(0, Math.round((at - (sentAt ?? at)) / 1_000))} s ago, ${attempts} of ${maxAttempts} times`;
  return attempts < maxAttempts ? `its answer, or another session: ${sent}` : `its answer: ${sent}`;
}

function utc(at: EpochMs): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
