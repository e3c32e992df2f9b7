/** A sleep that somebody else may end. One sleeps at a time. */
export class Waker {
  #wake: (() => void) | null = null;

  /** Ends the sleep; does nothing where nobody sleeps. */
  wake(): void {
    this.#wake?.();
  }

  /** Resolves when it is woken, or after the time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
    });
  }
}
