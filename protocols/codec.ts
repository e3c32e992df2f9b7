/**
 * The contract between the gateway and a protocol: a decoder, or a codec where frames are found in a stream.
 *
 * Both know bytes and meaning, nothing else. They are pure: the same bytes and context give the same answer, they keep no
 * state between calls, they never throw, they do no I/O and do not know the time. What is wrong with bytes comes back as a
 * fault value. `split` finds frames in a stream; `decode` gives a frame's meaning and the reply that lets the device forget
 * it. The gateway sends that reply only after the frame is durable.
 *
 * A car maker's cloud keeps its messages apart by itself: the body of a request, a publish or a record of a topic is one frame,
 * and a decoder is all it needs.
 */
import type { Fault } from '#errors/fault';
import type { Consent } from '#model/consent';
import type { Message } from '#model/message';
import type { Transport } from '#model/frame-record';
import type { Mismatch } from './explain/mismatch.ts';
import type { Trace } from './explain/trace.ts';

/** What a session knows of its device, and all a decode may depend on besides the frame. */
export interface SessionContext {
  /** Identity claimed by an earlier frame of this session; `null` before the login. */
  readonly ident: string | null;
  /** Model or firmware difference chosen by an earlier frame; `null` for the codec's default. */
  readonly dialect: string | null;
  readonly transport: Transport;
}

/** The context of a connection that has said nothing yet. */
export function newSession(transport: Transport): SessionContext {
  return { ident: null, dialect: null, transport };
}

/** What `split` found at the start of the bytes it was given. Offsets are absolute in the array. */
export type Split =
  /** Nothing whole yet. `atLeast` bytes from `from` are needed before another call can say more. */
  | { kind: 'need-more'; atLeast: number }
  /** `[from, end)` is a frame whose envelope and checksum hold. */
  | { kind: 'frame'; end: number }
  /** `[from, end)` is to be passed over without being counted: a ping, an idle byte, a separator. */
  | { kind: 'idle'; end: number }
  /** `[from, end)` is refused for `fault` and splitting goes on at `end`. `end > from` always. */
  | { kind: 'refused'; end: number; fault: Fault };

/** What a session takes of a frame: who speaks, and what is answered. Bytes are the caller's own. */
export interface Acknowledgement {
  /** Identity this frame claims; `null` where it claims none and the session's holds. */
  ident: string | null;
  /** Dialect this frame makes known for the rest of the session; `null` to keep the session's. */
  dialect: string | null;
  /**
   * `login` names the device, `heartbeat` proves life, `result` answers a command, `control` is anything else without data.
   * The message of a `result` holds the answer in `device.command.result`, a refusal in `<protocol>.command.refused`.
   */
  kind: 'login' | 'data' | 'heartbeat' | 'result' | 'control';
  /** What could not be decoded. A frame with a fault goes to quarantine, its good messages are kept. */
  faults: Fault[];
  /** Bytes that let the device forget the frame; `null` where the protocol has none. */
  reply: Uint8Array | null;
  /** Bytes that refuse the device (unknown ident), where the protocol has a way to say so. */
  refusal: Uint8Array | null;
}

/** What a whole frame means. */
export interface Decoded extends Acknowledgement {
  messages: Message[];
  /** What only a cloud states; absent in what a device sends. */
  pushed?: Pushed;
}

/** What a frame of a cloud states besides messages. */
export interface Pushed {
  /**
   * The provider's own names for what the frame holds, one for each event in it: a frame all of whose keys were taken before is
   * a repetition. Made of what makes an event itself, so that a retry in another envelope has the same. Empty where nothing is
   * said, or nothing can be read.
   */
  dedupeKeys: string[];
  consents: Consent[];
}

/** What whoever takes a body has to know of it before it is durable. */
export interface Admission {
  dialect: string | null;
  /** See `Pushed`. */
  dedupeKeys: string[];
}

/** Makes the decoded form of a frame that says nothing. */
export function emptyDecoded(kind: Decoded['kind']): Decoded {
  return { ident: null, dialect: null, kind, messages: [], faults: [], reply: null, refusal: null };
}

/** What the first bytes of a connection say about the protocol. */
export type Probe = 'match' | 'mismatch' | 'need-more';

/** Gives the meaning of whole frames: all that the pipeline, a replay and a capture need. */
export interface Decoder {
  /** Name of the protocol, as configuration, rows and metrics carry it. */
  readonly name: string;
  /** Counted up when the meaning of any byte changes, so that stored rows tell which decoder made them. */
  readonly version: number;
  /** Longest frame accepted, bytes. A longer claim is refused before anything is buffered for it. */
  readonly maxFrameBytes: number;
  /** True where latitude and longitude may come in frames of their own, so that a place has to be put together of them. */
  readonly statesHalves?: boolean;
  /** Decodes one whole frame, as `split` or its transport delimited it. Views in the result belong to `frame`. */
  decode(frame: Uint8Array, context: SessionContext): Decoded;
  /**
   * What `decode` says of the body of a cloud that has no fault and no reply, at a part of the cost. `null` where it has one, or where
   * only a decode can tell. Absent where that is always so.
   */
  admit?(frame: Uint8Array, context: SessionContext): Admission | null;
  /**
   * Decodes as `decode` does, by the same code and with the same result, and tells the trace of every byte on the way. Of a frame
   * whose checksum is wrong it names what it can. Of one that was cut the missing bytes are zeros, and the trace passes over them.
   */
  explain?(frame: Uint8Array, context: SessionContext, trace: Trace): Decoded;
}

/** A decoder whose frames stand in a stream of bytes. */
export interface Codec extends Decoder {
  /** Tells whether the stream can be this protocol. Must decide within 32 bytes. */
  probe(bytes: Uint8Array, from: number, to: number): Probe;
  /** Tells whether a whole datagram can be this protocol. Absent where datagrams begin as streams do. */
  probeDatagram?(datagram: Uint8Array): boolean;
  /**
   * Looks for one frame at `from`. Called again from `end` after anything but `need-more`. Given the same stream, the same
   * frames come out however the stream was cut into chunks.
   */
  split(bytes: Uint8Array, from: number, to: number, context: SessionContext): Split;
  /**
   * What `decode` says of the frame of a stream to its session, at a part of the cost: all but the messages, and of the faults those that end the
   * session. `null` where only a decode can tell. Absent where that is always so.
   */
  acknowledge?(frame: Uint8Array, context: SessionContext): Acknowledgement | null;
  /**
   * The reply for a frame refused for a wire fault that is to be let go: the device has resent it too often, and the
   * quarantine has it. `null` where the protocol cannot acknowledge such a frame.
   */
  replyToRefused(frame: Uint8Array, context: SessionContext): Uint8Array | null;
  /**
   * The bytes of a command for the device of this session; `null` where the protocol cannot write this text. Absent where it
   * has no commands. `addressed` asks for the form that names the device, where the protocol has one. Answers come back as
   * frames of kind `result`, in the order of the commands.
   */
  encodeCommand?(text: string, addressed: boolean, context: SessionContext): Uint8Array | null;
  /**
   * The frame as the device `ident` would have sent it: the same array where it names no device, `null` where it names one and cannot
   * name that one. For replays under another name. Absent where no frame can be readdressed.
   */
  readdress?(frame: Uint8Array, ident: string, context: SessionContext): Uint8Array | null;
  /**
   * The login of the session's device, in the dialect of the session; `null` where its ident cannot be written. For replays of
   * captures that begin behind the login. Absent where frames name their device themselves.
   */
  encodeLogin?(context: SessionContext): Uint8Array | null;
  /** Says why `probe` calls the bytes a mismatch; `null` where it does not. */
  mismatch?(bytes: Uint8Array, from: number, to: number): Mismatch | null;
}
