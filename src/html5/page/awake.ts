/** Keeps the screen on where the browser can, and notices when the page was not in front: phones give no positions then. */

export interface AwakeNews {
  screen(how: 'held' | 'may-lock'): void;
  /** The page is in front again after so many ms. */
  away(ms: number): void;
  /** The page goes out of sight. */
  hides(): void;
}

/** Shorter ones are a glance at something else, ms. */
const NOTABLE_MS = 3_000;

export class Awake {
  readonly #news: AwakeNews;
  #wanted = false;
  #lock: WakeLockSentinel | null = null;
  #hiddenAt: number | null = null;

  constructor(news: AwakeNews) {
    this.#news = news;
    document.addEventListener('visibilitychange', () => this.#changed());
  }

  /** From now on the screen should stay on. */
  want(): void {
    this.#wanted = true;
    void this.#hold();
  }

  release(): void {
    this.#wanted = false;
    void this.#lock?.release();
    this.#lock = null;
  }

  #changed(): void {
    if (document.visibilityState === 'hidden') {
      this.#hiddenAt = Date.now();
      this.#news.hides();
      return;
    }
    const hiddenMs = this.#hiddenAt === null ? 0 : Date.now() - this.#hiddenAt;
    this.#hiddenAt = null;
    // The browser takes the lock away with the screen.
    if (this.#wanted) void this.#hold();
    if (hiddenMs >= NOTABLE_MS) this.#news.away(hiddenMs);
  }

  async #hold(): Promise<void> {
    try {
      const lock = await navigator.wakeLock.request('screen');
      // Not wanted any more by the time it was there.
      if (!this.#wanted) return void lock.release();
      this.#lock = lock;
      lock.addEventListener('release', () => {
        if (this.#wanted && document.visibilityState === 'visible') this.#news.screen('may-lock');
      });
      this.#news.screen('held');
    } catch {
      // There is no such thing here, or the phone saves its battery.
      if (this.#wanted) this.#news.screen('may-lock');
    }
  }
}
