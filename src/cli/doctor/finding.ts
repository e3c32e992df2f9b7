/** What a check of the machine has come to. */
export interface Finding {
  status: 'OK' | 'WARN' | 'FAIL';
  /** What it is about. */
  area: 'disk' | 'clock' | 'limits' | 'ports' | 'clickhouse' | 'store' | 'config' | 'version';
  what: string;
  /** What was seen. */
  saw: string;
  /** What to change; empty where nothing has to be. */
  change: string;
}

/** Makes the findings of one area. */
export function findingsOf(area: Finding['area']) {
  return {
    ok: (what: string, saw: string): Finding => ({ status: 'OK', area, what, saw, change: '' }),
    warn: (what: string, saw: string, change: string): Finding => ({ status: 'WARN', area, what, saw, change }),
    fail: (what: string, saw: string, change: string): Finding => ({ status: 'FAIL', area, what, saw, change }),
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A size for people. */
export function sizeText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 2 ** (10 * power)).toFixed(1))} ${units[power] ?? ''}`;
}
