/** Waits, by the timers that tests can turn forward: those of `node:timers/promises` they cannot. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
