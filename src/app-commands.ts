/** Puts the sending of commands together. */
import type { Clock } from '#model/clocks';
import { CommandDispatcher } from './commands/dispatcher.ts';
import type { CommandQueue } from './commands/queue.ts';
import type { Logger } from './observe/logger.ts';

/** Time a device has to answer over the session that carried the command. */
const ANSWER_MS = 60_000;
/** How long ended commands can be looked up. */
const KEEP_MS = 30 * 24 * 3_600_000;
/** How soon a command that another process has queued is noticed, at the latest. */
const TICK_MS = 250;

/** The sending of commands, and how it is ended. */
export interface CommandSending {
  desk: CommandDispatcher;
  stop(): void;
}

/** Starts to send commands. `isCaughtUp` tells that all frames of an earlier life of the gateway are applied. */
export function sendCommands(queue: CommandQueue, now: Clock, isCaughtUp: () => boolean, logger: Logger): CommandSending {
  let isTroubled = false;
  const onTrouble = (error: unknown): void => {
    if (!isTroubled) logger.error({ err: error }, 'the store refuses commands; will be tried again');
    isTroubled = true;
  };
  const desk = new CommandDispatcher({ queue, now, isCaughtUp, answerMs: ANSWER_MS, keepMs: KEEP_MS, onTrouble });
  const tick = async (): Promise<void> => {
    try {
      await desk.tick();
      isTroubled = false;
    } catch (error) {
      onTrouble(error);
    }
  };
  const timer = setInterval(() => void tick(), TICK_MS);
  const stop = (): void => {
    clearInterval(timer);
    desk.stop();
  };
  return { desk, stop };
}
