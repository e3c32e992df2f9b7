/** Longest line that is looked at, bytes. A frame is 64 KiB at most; its JSON with everything beside it is far below this. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

const LF = 0x0a;

/** What is told of a line: its bytes as Latin-1 characters, one a byte, without its end; `null` where it is too long to be kept. */
export type TakeLine = (text: string | null, number: number) => void;

/** Cuts bytes into lines, keeping no more than one line. */
export class LineCutter {
  readonly #take: TakeLine;
  #pieces: Uint8Array[] = [];
  #kept = 0;
  #tooLong = false;
  #number = 1;

  constructor(take: TakeLine) {
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    let from = 0;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      this.#keep(chunk.subarray(from, at));
      this.#finish();
      from = at + 1;
    }
    // A copy: whoever reads a file uses the memory of a chunk again.
    this.#keep(chunk.slice(from));
  }

  end(): void {
    if (this.#kept > 0 || this.#tooLong) this.#finish();
  }

  #keep(piece: Uint8Array): void {
    if (this.#tooLong || piece.length === 0) return;
    this.#kept += piece.length;
    if (this.#kept > MAX_LINE_BYTES) {
      this.#tooLong = true;
      this.#pieces = [];
    } else this.#pieces.push(piece);
  }

  #finish(): void {
    this.#take(this.#tooLong ? null : withoutEnds(Buffer.concat(this.#pieces).toString('latin1')), this.#number++);
    this.#pieces = [];
    this.#kept = 0;
    this.#tooLong = false;
  }
}

const BYTE_ORDER_MARK = /^\xef\xbb\xbf/;

function withoutEnds(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  return text.startsWith('\xef') ? text.replace(BYTE_ORDER_MARK, '') : text;
}

/** Gives the bytes that a line's characters stand for. */
export function bytesOfLine(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}
