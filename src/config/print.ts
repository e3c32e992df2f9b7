import { maskInside, showValue } from './config-error.ts';
import type { LoadedConfig } from './load.ts';
import { formatPath, settings } from './schema-tree.ts';

/** One setting in force. */
export interface PrintedSetting {
  path: string;
  /** Secrets masked. */
  value: unknown;
  source: string;
}

/** Lists every setting in force with its source, secrets masked. */
export function settingsInForce({ config, sourceOf }: LoadedConfig): PrintedSetting[] {
  return settings().flatMap(({ path }) => {
    const value = path.reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key], config);
    if (value === undefined) return [];
    return [{ path: formatPath(path), value: maskInside(path, value), source: sourceOf(path) }];
  });
}

/** Writes the configuration in force, one setting a line, as `path = value  # source`. */
export function printConfig(loaded: LoadedConfig): string {
  const lines = settingsInForce(loaded).map(({ path, value, source }) => {
    // Masked already: the empty path only keeps showValue from looking for a secret again.
    return [`${path} = ${showValue([], value)}`, source] as const;
  });
  const width = Math.min(72, Math.max(...lines.map(([left]) => left.length)));
  return lines.map(([left, source]) => `${left.padEnd(width)}  # ${source}`).join('\n');
}
