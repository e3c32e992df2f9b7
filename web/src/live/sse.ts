/** Reads Server-Sent Events (HTML Living Standard, 9.2.6) piece by piece. Pure. */

/** An event, or a step of the place alone where `name` is empty. */
export interface ServerEvent {
  id: string;
  name: string;
  text: string;
}

/** Gives the events that are whole after each piece; what is not waits for the next one. */
export class EventReader {
  #rest = '';
  #id = '';

  take(piece: string): ServerEvent[] {
    const blocks = (this.#rest + piece).replaceAll('\r\n', '\n').split('\n\n');
    this.#rest = blocks.pop() ?? '';
    return blocks.flatMap((block) => {
      const event = this.#read(block);
      return event === null ? [] : [event];
    });
  }

  #read(block: string): ServerEvent | null {
    const lines = block.split('\n').filter((line) => line !== '' && !line.startsWith(':'));
    if (lines.length === 0) return null;
    const fields = lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return colon === -1 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
    });
    const valuesOf = (name: string) => fields.filter(([field]) => field === name).map(([, value]) => value);
    this.#id = valuesOf('id').at(-1) ?? this.#id;
    return { id: this.#id, name: valuesOf('event').at(-1) ?? '', text: valuesOf('data').join('\n') };
  }
}
