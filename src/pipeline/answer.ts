import { stateOf } from '#model/message';
import type { Decoded } from '#protocols/codec';

const REFUSED = '.command.refused';

/** What a frame answers to a command, in words; `null` where it answers none. */
export function answerOf(decoded: Decoded | null): { text: string; refused: boolean } | null {
  if (decoded?.kind !== 'result') return null;
  const texts: string[] = [];
  let refused = false;
  for (const message of decoded.messages) {
    const text = stateOf(message, 'device.command.result');
    refused ||= message.stateKeys.some((key) => key.endsWith(REFUSED));
    // An answer that is no text is kept under a key of the protocol's own, as hex.
    texts.push(...(text === undefined ? message.stateValues : [text]));
  }
  return refused ? { text: 'refused by the device', refused } : { text: texts.join('\n'), refused };
}
