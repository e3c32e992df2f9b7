import { once } from 'node:events';

/** Text for a stream, in pieces of a good size, waiting where the reader is slow. */
export class OutWriter {
  readonly #stream: NodeJS.WritableStream;
  #texts: string[] = [];
  #length = 0;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  async write(text: string): Promise<void> {
    this.#texts.push(text);
    this.#length += text.length;
    if (this.#length >= 64 * 1024) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#texts.join('');
    this.#texts = [];
    this.#length = 0;
    if (text !== '' && !this.#stream.write(text)) await once(this.#stream, 'drain');
  }
}
