import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketMeter } from './packet-meter.ts';

function meter(limits: { packetBytes?: number; packetsPerSecond?: number } = {}) {
  const clock = { now: 1_000_000 };
  return { meter: new PacketMeter({ packetBytes: 1_000, packetsPerSecond: 2, ...limits }, () => clock.now), clock };
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
    expect(meter().meter.take(publish(997))).toBeNull();
    expect(meter().meter.take(publish(998).subarray(0, 3))).toBe('session_malformed');
  });

  it('refuses a length of more than four bytes', () => {
    const { meter: subject } = meter({ packetBytes: 2 ** 30 });
    expect(subject.take(Uint8Array.of(0x30, 0x80, 0x80, 0x80))).toBeNull();
    expect(subject.take(Uint8Array.of(0x80))).toBe('session_malformed');
  });

  it('lets ten seconds’ worth of packets come at once, and then as many as time earns', () => {
    const { meter: subject, clock } = meter();
    for (let n = 0; n < 20; n++) expect(subject.take(ping)).toBeNull();
    clock.now += 500;
    expect(subject.take(ping)).toBeNull();
    expect(subject.take(ping)).toBe('session_rate');
  });

  it('counts the same packets however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant(ping), fc.nat(900).map(publish)), { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 }),
        (packets, cuts) => {
          const stream = Buffer.concat(packets);
          const { meter: subject } = meter();
          let refused = false;
          for (let at = 0, n = 0; at < stream.length; n++) {
            const end = at + (cuts[n % cuts.length] as number);
            refused ||= subject.take(stream.subarray(at, end)) !== null;
            at = end;
          }
          expect(refused).toBe(packets.length > 20);
        },
      ),
    );
  });
});
