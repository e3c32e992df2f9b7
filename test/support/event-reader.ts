/** Reads Server-Sent Events, as a browser would. */
export interface ReadEvent {
  id: string;
  name: string;
  data: Record<string, unknown>;
}

export class EventReader {
  readonly events: ReadEvent[] = [];
  /** Id of the last event, with which to come again. */
  lastId = '';
  status = 0;
  readonly #stopping = new AbortController();
  #ended: Promise<void> = Promise.resolve();

  /** Opens a stream; `status` tells whether it is one. */
  static async open(url: string, headers: Record<string, string>): Promise<EventReader> {
    const reader = new EventReader();
    const response = await fetch(url, { headers, signal: reader.#stopping.signal });
    reader.status = response.status;
    const { body } = response;
    if (body !== null) reader.#ended = reader.#read(body).catch(() => undefined);
    return reader;
  }

  /** Events of a name. */
  named(name: string): ReadEvent[] {
    return this.events.filter((event) => event.name === name);
  }

  async leave(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
  }

  /** Resolves when the other side has ended the stream. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    for await (const part of body.pipeThrough(new TextDecoderStream())) {
      text += part;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
  }

  #take(block: string): void {
    const fields = new Map(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
    this.lastId = fields.get('id') ?? this.lastId;
    const data = fields.get('data');
    if (data === undefined) return;
    this.events.push({ id: this.lastId, name: fields.get('event') ?? 'message', data: JSON.parse(data) as ReadEvent['data'] });
  }
}
