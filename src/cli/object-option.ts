import { Option } from 'commander';
import { CommandFailure } from './exit-codes.ts';

/** `--object KEY=VALUE`, which gathers metadata of a vehicle. */
export function objectOption(): Option {
  return new Option('--object <KEY=VALUE>', 'further metadata of the vehicle; may be repeated').argParser(keepPair);
}

function keepPair(text: string, before: Record<string, string> | undefined): Record<string, string> {
  const [key = '', ...value] = text.split('=');
  if (key === '' || value.length === 0) throw new CommandFailure('usage', `--object takes key=value, not "${text}"`);
  return { ...before, [key]: value.join('=') };
}

/** Metadata as the options gave it, the serial number with its key. */
export function objectIdOf({ object, serial }: { object?: Record<string, string>; serial?: string }): Record<string, string> {
  return { ...object, ...(serial === undefined ? {} : { serial_number: serial }) };
}
