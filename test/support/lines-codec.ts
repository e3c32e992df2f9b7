/** A protocol that no gateway has, for tests of what a faulty codec does. */
import { emptyDecoded, type Codec, type Decoded } from '#protocols/codec';
import { emptyMessage } from '#model/message';

type Ill = 'none' | 'throws' | 'throws later' | 'says nonsense';

/** What is wrong with the codec, and whether this version has it. */
export const bug = { ill: 'none' as Ill, registered: true, decodes: 0 };

/** A line a frame, `name>text`; the gateway's answer to each is `+`. */
export const lines: Codec = {
  name: 'lines',
  version: 1,
  maxFrameBytes: 128,
  probe: (bytes, from) => (bytes[from] === 0x3e ? 'match' : 'mismatch'),
  split(bytes, from, to) {
    const end = bytes.subarray(from, to).indexOf(0x0a);
    return end < 0 ? { kind: 'need-more', atLeast: to - from + 1 } : { kind: 'frame', end: from + end + 1 };
  },
  decode(frame): Decoded {
    const text = Buffer.from(frame).toString().trim();
    if (text.includes('poison')) {
      bug.decodes++;
      if (bug.ill === 'throws' || (bug.ill === 'throws later' && bug.decodes > 1)) throw new Error('planted');
    }
    const message = emptyMessage(Uint8Array.from(frame));
    message.deviceTime = Date.UTC(2026, 5, 15);
    if (bug.ill === 'says nonsense' && text.includes('poison')) talkNonsense(message);
    return { ...emptyDecoded('data'), ident: 'liner', messages: [message], reply: Uint8Array.of(0x2b) };
  },
  replyToRefused: () => null,
};

/** What no codec may say: the types are the model's, the values are not. */
function talkNonsense(message: ReturnType<typeof emptyMessage>): void {
  message.deviceTime = Number.NaN;
  message.fix = { lat: 'north', lon: null } as never;
  message.signalKeys = [undefined as never];
  message.signalValues = [1];
}
