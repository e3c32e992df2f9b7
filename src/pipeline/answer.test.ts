import { describe, expect, it } from 'vitest';
import { addState, emptyMessage, type Message } from '#model/message';
import { emptyDecoded, type Decoded } from '#protocols/codec';
import { answerOf } from './answer.ts';

function resultOf(...messages: Message[]): Decoded {
  return { ...emptyDecoded('result'), messages };
}

function stating(key: string, value: string): Message {
  const message = emptyMessage(new Uint8Array());
  addState(message, key, value);
  return message;
}

describe('the answer of a frame', () => {
  it('is its text, whatever else the message states', () => {
    const message = stating('vehicle.vin', 'X');
    addState(message, 'device.command.result', 'RTC:2026');
    expect(answerOf(resultOf(message))).toEqual({ text: 'RTC:2026', refused: false });
  });

  it('is what the protocol keeps under a key of its own where it is no text, and may be empty', () => {
    expect(answerOf(resultOf(stating('toy.hex', '00ff')))).toEqual({ text: '00ff', refused: false });
    expect(answerOf(resultOf(stating('device.command.result', '')))).toEqual({ text: '', refused: false });
    expect(answerOf(resultOf())).toEqual({ text: '', refused: false });
  });

  it('is a refusal where the device says so', () => {
    expect(answerOf(resultOf(stating('toy.command.refused', '42')))).toMatchObject({ refused: true });
  });

  it('is none of a frame that answers no command, or that has no meaning', () => {
    expect(answerOf({ ...resultOf(stating('device.command.result', 'x')), kind: 'data' })).toBeNull();
    expect(answerOf(null)).toBeNull();
  });
});
