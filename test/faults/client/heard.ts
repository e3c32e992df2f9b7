/** Bytes that come in, and somebody who waits for some of them. */
export class Heard {
  #bytes: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => undefined;

  add(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    this.#wake();
  }

  /** Nothing more comes. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Takes so many bytes from the front, once they are there; `null` where they do not come in time. One waits at a time. */
  async take(count: number, withinMs: number): Promise<Buffer | null> {
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort();
      this.#wake();
    }, withinMs);
    while (this.#bytes.length < count && !this.#ended && !late.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    clearTimeout(timer);
    if (this.#bytes.length < count) return null;
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }
}
