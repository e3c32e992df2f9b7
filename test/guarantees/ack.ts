/** Ways to break the rules of `docs/specs/ack.md`. */
import type { Breakage, Edit } from './breakage.ts';

const edit =
  (file: string) =>
  (find: string, put: string): Edit => ({ file: `src/${file}.ts`, find, put });
const stream = edit('session/stream-session');
const intake = edit('session/frame-intake');
const message = edit('session/message-session');
const streamTest = (name: string): Breakage['test'] => ({ file: 'src/session/stream-session.test.ts', name });
const flow = (file: string, name: string): Breakage['test'] => ({ file: `test/flow/${file}.test.ts`, name });

/** A frame is settled as soon as it is in the hands of the journal. */
const ACKS_BEFORE_THE_RECEIPT: readonly Edit[] = [
  intake('    this.#owed++;\n    journal.append(', '    settle(whenDurable);\n    this.#owed++;\n    journal.append('),
  intake('        this.#owed--;\n        settle(whenDurable);', '        this.#owed--;'),
];
/** What the disk refused is settled as what it took. */
const ACKS_WHAT_IS_LOST: readonly Edit[] = [intake("settle({ kind: 'lost' });", 'settle(whenDurable);')];

export const ACK_BREAKAGES: readonly Breakage[] = [
  {
    rule: 1,
    breaks: 'acknowledges a frame when it has given it to the journal',
    edits: ACKS_BEFORE_THE_RECEIPT,
    test: streamTest('sends nothing before the journal says the frame is durable, then the reply'),
  },
  {
    rule: 2,
    breaks: 'acknowledges a frame that the disk refused',
    edits: ACKS_WHAT_IS_LOST,
    test: streamTest('sends no reply for a frame whose sync fails, counts it as refused and cuts the device off'),
  },
  {
    rule: 3,
    breaks: 'sends the acks of several frames in the wrong order',
    edits: [
      stream(
        '        if (outcome.reply !== null) this.#send(outcome.reply);',
        '        if (outcome.reply !== null) ((this as any).held ??= []).unshift(outcome.reply);\n' +
          '        if (this.owed === 0) for (const reply of (this as any).held?.splice(0) ?? []) this.#send(reply);',
      ),
    ],
    test: streamTest('replies in the order of the frames when several become durable at once'),
  },
  {
    rule: 4,
    breaks: 'takes frames while the journal accepts none',
    edits: [stream('if (!this.#options.journal.accepting || !this.#step()) break;', 'if (!this.#step()) break;')],
    test: streamTest('stops splitting while the journal accepts nothing and goes on where it was'),
  },
  {
    rule: 5,
    breaks: 'ends a connection that its device has half closed before the acks have left',
    edits: [
      stream(
        'if (!this.#peerEnded || this.#working || this.#closed || this.owed > 0) return;',
        'if (!this.#peerEnded || this.#working || this.#closed) return;',
      ),
      stream("if (code === 'spool_io' || this.owed === 0) this.#part();", 'this.#part();'),
    ],
    test: streamTest('sends what it owes after the peer has closed its side, and then ends'),
  },
  {
    rule: 6,
    breaks: 'accepts nothing while there is a backlog for the sink',
    edits: [
      edit('spool/disk-spool')(
        'const backlogBytes = this.#backlogBytes() + this.#pendingBytes;',
        'const backlogBytes = this.#committedSeq > this.#checkpointSeq ? budgetBytes : 0;',
      ),
    ],
    test: flow(
      'sink-away',
      'from the start: frames are acknowledged and readiness stays, and all is stored once when it is there',
    ),
  },
  {
    rule: 7,
    breaks: 'acknowledges a corrupt frame the first time',
    edits: [intake('const outcome: Outcome = letGo\n', 'const outcome: Outcome = letGo || true\n')],
    test: streamTest('quarantines a frame whose check fails, withholds the ack, and gives it at the third resend'),
  },
  {
    rule: 8,
    breaks: 'takes and acknowledges frames of a device that may not come in',
    edits: [intake('    if (barrier !== null) {', "    if (barrier === 'bug_invariant') {")],
    test: streamTest('turns away data before the login and a device that is not admitted, with the refusal of the protocol'),
  },
  {
    rule: 9,
    breaks: 'says that records are durable which it writes a fifth of a second later',
    edits: [
      edit('spool/log')(
        '    await file.write(bytes, segment.sizeBytes);\n    await file.datasync();',
        '    const [copy, at] = [bytes.slice(), segment.sizeBytes];\n    setTimeout(() => void file.write(copy, at).catch(() => undefined), 200);',
      ),
    ],
    test: {
      file: 'test/slow/spool-kill.test.ts',
      name: 'has every record that it said was durable, whole and in order, each once',
    },
  },
  {
    rule: 10,
    breaks: 'sends a PUBACK when it has given the message to the journal',
    edits: [
      edit('listen/mqtt/link')(
        'session.receive(payload, (outcome) => this.#settle(session, protocol, outcome, due));',
        "session.receive(payload, () => undefined);\n    this.#settle(session, protocol, { kind: 'durable', replies: [] }, due);",
      ),
    ],
    test: flow('mqtt-broker', 'does not leave while the sync is held, and leaves when it has succeeded'),
  },
  {
    rule: 11,
    breaks: 'withholds the PUBACK of a corrupt frame, as it does over TCP',
    edits: [edit('app-mqtt')('const REFUSED_RESENDS_BEFORE_ACK = 1;', 'const REFUSED_RESENDS_BEFORE_ACK = 3;')],
    test: flow(
      'mqtt-broker',
      'is given for a corrupt frame too, which is in quarantine by then: the same bytes would only come again',
    ),
  },
  {
    rule: 12,
    breaks: 'acknowledges a message of a broker elsewhere when it arrives',
    edits: [
      edit('listen/mqtt/broker-link')(
        '    const { stream } = this.#client;\n',
        '    const { stream } = this.#client;\n    const acknowledge = done;\n    acknowledge();\n    done = () => undefined;\n',
      ),
    ],
    test: flow(
      'mqtt-subscriber',
      'acknowledges nothing before it is durable: what is held at its death comes to the one after it',
    ),
  },
  {
    rule: 13,
    breaks: 'replies to a datagram when it has given it to the journal',
    edits: ACKS_BEFORE_THE_RECEIPT,
    test: flow('udp', 'does not leave while the sync is held, however many devices wait, and leaves when it has succeeded'),
  },
  {
    rule: 14,
    breaks: 'takes datagrams while the journal accepts none',
    edits: [message('if (!this.#options.journal.accepting || this.#waiting.length > 0)', 'if (this.#waiting.length > 0)')],
    test: flow(
      'udp',
      'waits out a full disk: what fits into memory is answered when there is room, the rest is refused and counted',
    ),
  },
  {
    rule: 15,
    breaks: 'serves a datagram again that is on its way to the disk',
    edits: [
      edit('listen/udp')(
        "if (waiting.equals(datagram)) return 'session_repeat';",
        "if (waiting.length < 0) return 'session_repeat';",
      ),
    ],
    test: flow('udp', 'serves a datagram and its repeats that came while it was on its way to the disk'),
  },
  {
    rule: 16,
    breaks: 'acknowledges a frame over TLS when it has given it to the journal',
    edits: ACKS_BEFORE_THE_RECEIPT,
    test: flow('tls', 'sends no ack while the sync is held, and sends it when it has succeeded'),
  },
  {
    rule: 16,
    breaks: 'acknowledges a frame over TLS that the disk refused',
    edits: ACKS_WHAT_IS_LOST,
    test: flow('tls', 'sends no ack for a frame whose sync failed: the device is cut off, and its resend is acked'),
  },
];
