/** What keeps commands: the interface, and the shapes that go through it. `command-store.contract.ts` says by tests what it must do. */
import type { Awaitable } from '#model/awaitable';
import type { EpochMs } from '#model/clocks';
import type { Command, CommandStatus, NewCommand } from '#model/command';
import type { CommandQueue } from '../commands/queue.ts';

/** Which commands to list. */
export interface CommandFilter {
  /** Compared as `identKey` says. */
  ident?: string;
  status?: CommandStatus;
  /** Only commands with a lesser id; for the next page. */
  beforeId?: number;
  most: number;
}

/** What a frame answered. It belongs to the command that its session carried last, and to none where that is answered. */
export interface CommandAnswer {
  sessionId: string;
  /** Spool and position of the frame: the same frame read again answers nothing. */
  answeredBy: string;
  at: EpochMs;
  text: string;
  /** The device refuses the command. */
  refused: boolean;
}

/** The queue as the dispatcher sees it, and what the command line needs. Answers come with the commits of the book. */
export interface CommandStore extends CommandQueue {
  add(command: NewCommand): Awaitable<Command>;
  /** The newest first. */
  list(filter: CommandFilter): Awaitable<readonly Command[]>;
  /** The open command that a device gets first; `null` where none is open. */
  firstOpenOf(ident: string): Awaitable<number | null>;
  /** How many there are in each status. */
  counts(): Awaitable<Readonly<Record<CommandStatus, number>>>;
}
