import { connect, type Socket } from 'node:net';
import { Waker } from '#model/waker';
import type { VehicleState } from './vehicle.ts';

/** How a simulated box speaks: the encoder of its protocol, and what it waits for. */
export interface Language {
  /** Name of the codec. */
  protocol: string;
  /** Sent first on each connection; `null` where the protocol needs none. */
  login(): Uint8Array | null;
  /** Bytes of the reply to a login that let it go on. */
  loginReply: Uint8Array;
  /** One frame that carries these states, in order. */
  frame(states: readonly VehicleState[]): Uint8Array;
  /** Bytes that acknowledge a frame of so many records. */
  ack(records: number): Uint8Array;
  /** Reads the command that the received bytes begin with; `null` where they begin with none, or not with a whole one yet. */
  command?(received: Uint8Array): ReceivedCommand | null;
}

/** A command from the gateway, where it ends in the bytes received, and what the box answers. */
export interface ReceivedCommand {
  text: string;
  end: number;
  answer: Uint8Array;
}

export interface DeviceOptions {
  host: string;
  port: number;
  ident: string;
  language: Language;
  /** Records of one frame at most. */
  recordsPerFrame: number;
  /** Time to wait for a reply before the connection is given up and the records are sent again, ms. */
  ackTimeoutMs: number;
  /** Pause before connecting again, ms. */
  reconnectMs: number;
}

/**
 * A tracker as real ones behave: it keeps each record until its frame is acknowledged, sends again what was not, and remembers
 * every acknowledgement it got, so that a test can hold the gateway to its word.
 */
export class SimulatedDevice {
  readonly #options: DeviceOptions;
  readonly #queue: VehicleState[] = [];
  /** Device times of the records acknowledged so far. */
  readonly acknowledged: number[] = [];
  /** Commands that came, in order. Each was answered at once. */
  readonly commands: string[] = [];
  framesSent = 0;
  framesAcknowledged = 0;
  connectionsMade = 0;
  #socket: Socket | null = null;
  #received: Uint8Array = new Uint8Array(0);
  readonly #waker = new Waker();
  #stopped = false;
  #done: Promise<void> | null = null;

  constructor(options: DeviceOptions) {
    this.#options = options;
  }

  get ident(): string {
    return this.#options.ident;
  }

  get protocol(): string {
    return this.#options.language.protocol;
  }

  /** Records taken and not acknowledged yet. */
  get pending(): number {
    return this.#queue.length;
  }

  /** Takes a record to be sent. */
  record(state: VehicleState): void {
    this.#queue.push(state);
    this.#waker.wake();
  }

  /** Connects, and sends what is recorded until `stop`. */
  start(): void {
    this.#done ??= this.#live();
  }

  /** Waits until all records are acknowledged. Rejects when that takes longer than `withinMs`. */
  async drained(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (this.#queue.length > 0) {
      if (performance.now() > deadline) throw new Error(`${this.ident}: ${this.#queue.length} records are not acknowledged`);
      await pause(10);
    }
  }

  /** Ends the connection, whatever is pending. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#socket?.destroy();
    this.#waker.wake();
    await this.#done;
  }

  async #live(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#connection();
      } catch {
        // Refused, broken or silent: a tracker tries again, with the same records.
        if (!this.#stopped) await pause(this.#options.reconnectMs);
      } finally {
        this.#socket?.destroy();
      }
    }
  }

  async #connection(): Promise<void> {
    const { language, recordsPerFrame } = this.#options;
    const socket = await this.#connect();
    const login = language.login();
    if (login !== null) await this.#exchange(socket, login, language.loginReply);
    while (!this.#stopped) {
      if (this.#queue.length === 0) await this.#moreOrClosed(socket);
      if (this.#stopped || this.#queue.length === 0) continue;
      const states = this.#queue.slice(0, recordsPerFrame);
      this.framesSent++;
      await this.#exchange(socket, language.frame(states), language.ack(states.length));
      this.framesAcknowledged++;
      for (const state of states) this.acknowledged.push(state.at);
      this.#queue.splice(0, states.length);
    }
  }

  #connect(): Promise<Socket> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true });
      this.#socket = socket;
      this.#received = new Uint8Array(0);
      socket.on('data', (chunk: Buffer) => {
        this.#received = Buffer.concat([this.#received, chunk]);
        this.#obey(socket);
        this.#waker.wake();
      });
      socket.on('close', () => this.#waker.wake());
      socket.once('error', reject);
      socket.once('connect', () => {
        this.connectionsMade++;
        socket.on('error', () => undefined);
        resolve(socket);
      });
    });
  }

  async #exchange(socket: Socket, bytes: Uint8Array, expected: Uint8Array): Promise<void> {
    socket.write(bytes);
    const deadline = performance.now() + this.#options.ackTimeoutMs;
    while (this.#received.length < expected.length) {
      const left = deadline - performance.now();
      if (socket.destroyed || this.#stopped || left <= 0) throw new Error('no acknowledgement');
      await this.#waker.sleep(left);
    }
    const reply = this.#received.subarray(0, expected.length);
    this.#received = this.#received.subarray(expected.length);
    this.#obey(socket);
    if (Buffer.compare(reply, expected) !== 0) throw new Error('not the acknowledgement expected');
  }

  /** Answers the commands at the front of what was received. One behind an acknowledgement waits until that is taken. */
  #obey(socket: Socket): void {
    for (;;) {
      const command = this.#options.language.command?.(this.#received) ?? null;
      if (command === null) return;
      this.#received = this.#received.subarray(command.end);
      this.commands.push(command.text);
      socket.write(command.answer);
    }
  }

  async #moreOrClosed(socket: Socket): Promise<void> {
    if (socket.destroyed || socket.readableEnded) throw new Error('closed by the gateway');
    await this.#waker.sleep(1_000);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
