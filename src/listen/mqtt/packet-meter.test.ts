import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketMeter } from './packet-meter.ts';

function meter(packetBytes = 1_000): PacketMeter {
  return new PacketMeter({ packetBytes }, () => 1_000_000);
}

/** A publish with QoS 0 under the topic `t`, of up to 16,383 bytes after its header. */
function publish(payloadBytes: number): Buffer {
  const remaining = payloadBytes + 3;
  const length = remaining < 128 ? [remaining] : [(remaining & 0x7f) | 0x80, remaining >> 7];
  return Buffer.concat([Buffer.of(0x30, ...length, 0, 1, 0x74), Buffer.alloc(payloadBytes)]);
}

const ping = Buffer.of(0xc0, 0x00);

describe('a packet meter', () => {
  it('passes packets up to the limit and refuses a longer one by its header alone', () => {
    expect(meter().take(publish(997))).toBeNull();
    expect(meter().take(publish(998).subarray(0, 3))).toBe('session_malformed');
  });

  it('refuses a length of more than four bytes', () => {
    const subject = meter(2 ** 30);
    expect(subject.take(Uint8Array.of(0x30, 0x80, 0x80, 0x80))).toBeNull();
    expect(subject.take(Uint8Array.of(0x80))).toBe('session_malformed');
  });

  it('counts the same packets however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant(ping), fc.nat(900).map(publish)), { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 }),
        (packets, cuts) => {
          const stream = Buffer.concat(packets);
          const subject = meter();
          for (let at = 0, n = 0; at < stream.length; n++) {
            const end = at + (cuts[n % cuts.length] as number);
            expect(subject.take(stream.subarray(at, end))).toBeNull();
            at = end;
          }
          expect(subject.packets).toBe(packets.length);
        },
      ),
    );
  });
});
