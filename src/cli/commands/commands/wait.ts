import { isOpen, type Command } from '#model/command';
import type { CodecRegistry } from '#protocols/registry';
import { whatItWaitsFor } from '../../../commands/waiting.ts';
import type { Store } from '../../../store/store.ts';

/** What a command waits for, in words, by what the registry knows; empty for one that has ended. */
export async function waitOf(store: Store, codecs: CodecRegistry, command: Command): Promise<string> {
  if (!isOpen(command)) return '';
  const heard = await store.livenessOf(command.ident);
  return whatItWaitsFor(command, {
    firstOpenId: (await store.commands.firstOpenOf(command.ident)) ?? command.id,
    heard,
    takesCommands: codecs.get(heard?.protocol ?? '')?.encodeCommand !== undefined,
    at: Date.now(),
  });
}
