import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketCutter } from './packet-cutter.ts';

/** What a cutter hands on, and whether it found a fault. */
function cutInto(chunks: readonly Uint8Array[], packetBytes = 1_000, wanted = Infinity) {
  const cutter = new PacketCutter(packetBytes);
  const packets: string[] = [];
  const taker = {
    packet: (bytes: Uint8Array, from: number, end: number) =>
      packets.push(Buffer.from(bytes.subarray(from, end)).toString('hex')) < wanted,
  };
  const sound = chunks.map((chunk) => {
    const lent = Uint8Array.from(chunk);
    const isSound = cutter.cut(lent, taker);
    // Whoever gave it reads the next one into it.
    lent.fill(0xee);
    return isSound;
  });
  return { packets, sound };
}

/** A publish with QoS 0 under the topic `t`, of up to 16,383 bytes after its header. */
function publish(payloadBytes: number): Buffer {
  const remaining = payloadBytes + 3;
  const length = remaining < 128 ? [remaining] : [(remaining & 0x7f) | 0x80, remaining >> 7];
  return Buffer.concat([Buffer.of(0x30, ...length, 0, 1, 0x74), Buffer.alloc(payloadBytes, payloadBytes)]);
}

const ping = Buffer.of(0xc0, 0x00);

describe('packets', () => {
  it('are taken up to the limit, and a longer one is refused by its header alone', () => {
    expect(cutInto([publish(997)])).toEqual({ packets: [publish(997).toString('hex')], sound: [true] });
    expect(cutInto([publish(998).subarray(0, 3)])).toEqual({ packets: [], sound: [false] });
    expect(cutInto([publish(998).subarray(0, 2), publish(998).subarray(2, 3)]).sound).toEqual([true, false]);
  });

  it('are refused whose length is of more than four bytes', () => {
    const subject = cutInto([Uint8Array.of(0x30, 0x80, 0x80, 0x80), Uint8Array.of(0x80)], 2 ** 30);
    expect(subject).toEqual({ packets: [], sound: [true, false] });
  });

  it('are the same however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant(ping), fc.nat(900).map(publish)), { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 }),
        (packets, cuts) => {
          const stream = Buffer.concat(packets);
          const chunks: Buffer[] = [];
          for (let at = 0, n = 0; at < stream.length; n++) {
            const end = at + (cuts[n % cuts.length] as number);
            chunks.push(stream.subarray(at, end));
            at = end;
          }
          const found = cutInto(chunks);
          expect(found.packets).toEqual(packets.map((packet) => packet.toString('hex')));
          expect(found.sound).toEqual(chunks.map(() => true));
        },
      ),
    );
  });

  it('behind the last that is wanted are not handed on', () => {
    expect(cutInto([Buffer.concat([ping, ping, ping])], 1_000, 2).packets).toHaveLength(2);
    expect(cutInto([ping.subarray(0, 1), Buffer.concat([ping.subarray(1), ping])], 1_000, 1).packets).toHaveLength(1);
  });
});
