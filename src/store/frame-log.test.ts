import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Consent } from '#model/consent';
import { judgeMessage } from '../lifecycle/judged.ts';
import { EVIDENCE_RULES } from '../lifecycle/rules.ts';
import type { BookEntry } from './book-entry.ts';
import { FrameLog, type LoggedFrame, type Share } from './frame-log.ts';
import { aMessage, anOutcome } from './samples.ts';

const IDENTS = ['356307042441013', '356307042441014', ''];
/** An owner: the log only keeps which one it is. */
const owner = { tracker: { oid: 'a' } } as BookEntry;

const consentOf = (ident: string | null): Consent => {
  return { ident, users: [], kind: 'withdrawn', scope: 'all', demands: null, at: null, cause: 'withdrawn' };
};

/** Frames and shares as they are, without what only a frame that has just come has. */
const plain = ({ shares, ...frame }: LoggedFrame): unknown => ({
  ...frame,
  shares: shares.map(({ ident, messages, consents, isHearsay, entry }) => ({ ident, messages, consents, isHearsay, entry })),
});

const message = fc.record({
  ident: fc.constantFrom(...IDENTS),
  seconds: fc.nat(1_000),
  fix: fc.constantFrom('good', 'none', 'invalid'),
  keys: fc.constantFrom<readonly string[]>([], ['odometer.total.value']),
});
const step = fc.oneof(
  fc.record({
    messages: fc.array(message, { maxLength: 3 }),
    stated: fc.array(fc.constantFrom(...IDENTS.slice(0, 2), null), { maxLength: 2 }),
    isOwned: fc.boolean(),
  }),
  fc.record({ dropped: fc.nat(4) }),
);

function messagesFrom(given: readonly (typeof message extends fc.Arbitrary<infer T> ? T : never)[]) {
  return given.map(({ ident, seconds, fix, keys }) => {
    const { position, ...made } = aMessage(seconds, seconds, { ident, signalKeys: keys, signalValues: keys.map(() => 50.5) });
    if (position === null || fix === 'none') return { ...made, position: null };
    return { ...made, position: { ...position, valid: fix === 'good' } };
  });
}

describe('The log of frames', () => {
  it('gives back what was added and is not dropped, whose it is too', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const log = new FrameLog();
        let kept: { seq: number; frame: unknown; weight: number }[] = [];
        const judged: Pick<Share, 'messages' | 'said'>[] = [];
        let seq = 0;
        for (const each of steps) {
          if ('dropped' in each) {
            const through = (kept[0]?.seq ?? 0) + each.dropped - 1;
            log.dropThrough(through);
            kept = kept.filter((one) => one.seq > through);
          } else {
            const outcome = anOutcome(++seq, messagesFrom(each.messages), { consents: each.stated.map(consentOf) });
            const frame = log.add(outcome, EVIDENCE_RULES);
            for (const share of frame.shares) {
              if (each.isOwned) share.entry = owner;
            }
            judged.push(...frame.shares.map(({ messages, said }) => ({ messages, said })));
            const weight = frame.shares.reduce((sum, { messages, consents }) => sum + messages.length + consents.length, 1);
            kept.push({ seq, frame: plain(frame), weight });
          }
          expect([...log].map(plain)).toEqual(kept.map(({ frame }) => frame));
          expect([log.length, log.weight]).toEqual([kept.length, kept.reduce((sum, { weight }) => sum + weight, 0)]);
        }
        for (const { messages, said } of judged) expect(messages).toEqual(said.map((one) => judgeMessage(one, EVIDENCE_RULES)));
      }),
    );
  });

  it('lets go of an owner for good', () => {
    const log = new FrameLog();
    for (const share of log.add(anOutcome(1, [aMessage(1, 1)]), EVIDENCE_RULES).shares) share.entry = owner;
    for (const { shares } of log) for (const share of shares) share.entry = null;
    expect([...log].flatMap(({ shares }) => shares.map(({ entry }) => entry))).toEqual([null]);
  });
});
