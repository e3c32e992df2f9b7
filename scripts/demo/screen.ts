/** One vehicle as the demo shows it. */
export interface TrackerLine {
  provider: string;
  trackerId: string;
  protocol: string;
  road: string;
  framesSent: number;
  framesAcknowledged: number;
  records: number;
  status: string;
  metres: number;
  neededM: number;
  cause: string;
}

const BAR = 20;
/** Without a terminal to redraw, a picture every so many refreshes is enough. */
const QUIET_EVERY = 8;

/** Draws the fleet: over itself on a terminal, now and then below itself elsewhere. */
export class DemoScreen {
  readonly #out: NodeJS.WriteStream;
  #drawn = 0;
  #refreshes = 0;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  /** Writes text that stays. */
  say(text: string): void {
    this.#drawn = 0;
    this.#out.write(`${text}\n`);
  }

  /** Shows how things stand. */
  show(lines: readonly TrackerLine[], rowsStored: number): void {
    const isTerminal = this.#out.isTTY;
    if (!isTerminal && this.#refreshes++ % QUIET_EVERY !== 0) return;
    this.#draw(lines, rowsStored);
  }

  /** What is drawn stays; nothing is drawn over it. */
  end(): void {
    this.#drawn = 0;
  }

  #draw(lines: readonly TrackerLine[], rowsStored: number): void {
    const sum = (of: (line: TrackerLine) => number): number => lines.reduce((total, line) => total + of(line), 0);
    const text = [
      '',
      `frames sent ${sum((line) => line.framesSent)} · acknowledged ${sum((line) => line.framesAcknowledged)} · ` +
        `records acknowledged ${sum((line) => line.records)} · rows in ClickHouse ${rowsStored}`,
      ...lines.map(formatLine),
    ];
    if (this.#drawn > 0) this.#out.write(`\u001b[${this.#drawn}A\u001b[J`);
    this.#out.write(`${text.join('\n')}\n`);
    this.#drawn = this.#out.isTTY ? text.length : 0;
  }
}

function formatLine(line: TrackerLine): string {
  const share = Math.min(1, line.metres / line.neededM);
  const isConnected = line.status === 'connected';
  const bar = '█'.repeat(isConnected ? BAR : Math.round(share * BAR)).padEnd(BAR, '·');
  const progress = isConnected ? line.cause : `${line.metres.toFixed(0)} of ${line.neededM} m`;
  return `  ${line.provider.padEnd(9)} ${line.trackerId.padEnd(17)} ${line.protocol.padEnd(16)} ${bar} ${line.status.padEnd(17)} ${progress}`;
}
