/** The wait for a reason to stop, which can be given up. */
export interface StopWait {
  promise: Promise<void>;
  forget(): void;
}

/** Resolves at SIGINT or SIGTERM, or after a time where one is given. */
export function untilStopped(afterMs?: number): StopWait {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => resolve();
  const timer = afterMs === undefined ? undefined : setTimeout(stop, afterMs);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const forget = (): void => {
    clearTimeout(timer);
    process.off('SIGINT', stop).off('SIGTERM', stop);
  };
  return { promise, forget };
}
