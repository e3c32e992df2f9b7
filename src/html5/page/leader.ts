/** Has one tab take positions and send them, however many are open: the one that holds a lock of the browser. */

const LOCK = 'odograph-tracker';

export interface LeaderNews {
  /** This tab is the one. */
  leads(): void;
  /** Another tab is, or has become it. */
  waits(): void;
}

export class Leader {
  readonly #news: LeaderNews;
  #waiting: AbortController | null = null;

  constructor(news: LeaderNews) {
    this.#news = news;
  }

  /** Leads if nobody does, else waits until nobody does. */
  start(): void {
    void this.#hold({ ifAvailable: true }, () => {
      this.#news.waits();
      this.#wait();
    });
  }

  /** Leads at once: whoever did waits then. */
  take(): void {
    this.#waiting?.abort();
    this.#waiting = null;
    void this.#hold({ steal: true }, () => undefined);
  }

  #wait(): void {
    this.#waiting = new AbortController();
    void this.#hold({ signal: this.#waiting.signal }, () => undefined);
  }

  /** Asks for the lock and keeps it for as long as the page lives; `missed` is called where it is not to be had. */
  async #hold(options: LockOptions, missed: () => void): Promise<void> {
    let led = false;
    try {
      await navigator.locks.request(LOCK, options, (lock) => {
        if (lock === null) return missed();
        led = true;
        this.#waiting = null;
        this.#news.leads();
        return new Promise<void>(() => undefined);
      });
    } catch {
      // Taken by another tab; or this one has given up waiting.
      if (!led) return;
      this.#news.waits();
      this.#wait();
    }
  }
}
