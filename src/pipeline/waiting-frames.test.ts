import { describe, expect, it } from 'vitest';
import { WaitingFrames } from './waiting-frames.ts';

describe('Frames that wait to be stored', () => {
  it('are counted by listener and protocol, whatever their columns, until they are settled', () => {
    const waiting = new WaitingFrames();
    waiting.add(1, 'a', 'teltonika', 'stored');
    waiting.add(2, 'a', 'teltonika', 'duplicate');
    waiting.add(3, 'b', 'teltonika', 'stored');
    expect(waiting.counts()).toEqual([
      { listener: 'a', protocol: 'teltonika', frames: 2 },
      { listener: 'b', protocol: 'teltonika', frames: 1 },
    ]);
    waiting.settle(2, () => undefined);
    expect(waiting.counts()).toEqual([{ listener: 'b', protocol: 'teltonika', frames: 1 }]);
  });

  it('are told of in order, each once, several of one position together', () => {
    const waiting = new WaitingFrames();
    waiting.add(1, 'a', 'teltonika', 'stored');
    waiting.add(4, 'a', 'ruptela', 'quarantined');
    waiting.add(4, 'a', 'ruptela', 'quarantined');
    waiting.add(5, 'a', 'teltonika', 'refused');
    const told: string[] = [];
    const tell = (...one: readonly string[]): void => void told.push(one.join(' '));
    waiting.settle(4, tell);
    expect(told.splice(0)).toEqual(['a teltonika stored', 'a ruptela quarantined', 'a ruptela quarantined']);
    waiting.settle(4, tell);
    expect(told.splice(0)).toEqual([]);
    waiting.settle(9, tell);
    expect(told).toEqual(['a teltonika refused']);
  });
});
