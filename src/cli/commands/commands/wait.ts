import { isOpen, type Command } from '#model/command';
import type { CodecRegistry } from '#protocols/registry';
import { whatItWaitsFor } from '../../../commands/waiting.ts';
import type { SqliteStore } from '../../../store/sqlite/store.ts';

/** What a command waits for, in words, by what the registry knows; empty for one that has ended. */
export function waitOf(store: SqliteStore, codecs: CodecRegistry, command: Command): string {
  if (!isOpen(command)) return '';
  const heard = store.livenessOf(command.ident);
  return whatItWaitsFor(command, {
    firstOpenId: store.commands.firstOpenOf(command.ident) ?? command.id,
    heard,
    takesCommands: codecs.get(heard?.protocol ?? '')?.encodeCommand !== undefined,
    at: Date.now(),
  });
}
