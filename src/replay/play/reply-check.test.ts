import { describe, expect, it } from 'vitest';
import { PlayReport } from './play-report.ts';
import { ReplyCheck } from './reply-check.ts';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

function check(isStream: boolean): { report: PlayReport; replies: ReplyCheck } {
  const report = new PlayReport();
  return { report, replies: new ReplyCheck(report, isStream, { session: 'a1', ident: () => 'box' }) };
}

const details = ({ problems }: PlayReport) => problems.map(({ kind, entry, detail }) => `${kind} ${entry ?? '-'} ${detail}`);

describe('replies on a stream', () => {
  it('are right in whatever pieces they come', async () => {
    const { report, replies } = check(true);
    replies.expectReply(bytes('01'), 0);
    replies.expectReply(bytes('00000002'), 1);
    for (const piece of ['01', '0000', '', '0002']) replies.heard(bytes(piece));
    expect(await replies.settled(1_000)).toBe(true);
    expect(report.replies).toEqual({ expected: 2, right: 2, missing: 0, different: 0 });
  });

  it('that differ are told with what must have come, and do not shift those behind', () => {
    const { report, replies } = check(true);
    replies.expectReply(bytes('01'), 0);
    replies.expectReply(bytes('00000002'), 1);
    replies.heard(bytes('0000000002'));
    expect(report.replies).toEqual({ expected: 2, right: 1, missing: 0, different: 1 });
    expect(details(report)).toEqual(['different 0 01 must come, 00 came']);
  });

  it('that do not come are missing; what has begun to come is different', async () => {
    const { report, replies } = check(true);
    replies.expectReply(bytes('00000002'), 4);
    replies.expectReply(bytes('03'), 5);
    replies.heard(bytes('0000'));
    expect(await replies.settled(20)).toBe(false);
    replies.giveUp();
    expect(replies.isSettled).toBe(true);
    expect(details(report)).toEqual(['different 4 00000002 must come, 0000 came', 'missing 5 03 must come, and nothing did']);
  });

  it('that may come or not are neither', () => {
    const { report, replies } = check(true);
    for (const hex of ['aa', 'bb']) replies.expectReply(bytes(hex), 0, true);
    replies.expectReply(bytes('01'), 1);
    replies.heard(bytes('bb01'));
    replies.expectReply(bytes('cc'), 2, true);
    expect(replies.isSettled).toBe(true);
    replies.giveUp();
    expect([report.replies, details(report)]).toEqual([{ expected: 1, right: 1, missing: 0, different: 0 }, []]);
  });

  it('that nothing asked for are counted, and nobody waits for a line that has ended', async () => {
    const { report, replies } = check(true);
    replies.heard(bytes('0102'));
    expect(report.unexpectedBytes).toBe(2);
    replies.expectReply(bytes('01'), 0);
    const waiting = replies.settled(60_000);
    replies.end();
    expect(await waiting).toBe(false);
  });
});

describe('replies that come one by one', () => {
  it('are known by what they are, so that a lost one does not shift the others', () => {
    const { report, replies } = check(false);
    replies.expectReply(bytes('0001'), 0);
    replies.expectReply(bytes('0002'), 1);
    replies.heard(bytes('0002'));
    replies.heard(bytes('0002'));
    expect(report.replies).toEqual({ expected: 2, right: 1, missing: 0, different: 1 });
    expect(details(report)).toEqual(['different 0 0001 must come, 0002 came']);
    replies.heard(bytes('0003'));
    expect(report.unexpectedBytes).toBe(2);
  });

  it('are beside acks of the transport, which may be refused', () => {
    const { report, replies } = check(false);
    for (const entry of [0, 1, 2]) replies.expectAck(entry);
    replies.acknowledged();
    replies.refused('HTTP 503');
    expect(replies.isSettled).toBe(false);
    replies.giveUp();
    expect(report.acks).toEqual({ expected: 3, right: 1, missing: 1, refused: 1 });
    expect(details(report)).toEqual(['refused 1 HTTP 503', 'missing 2 the message was not acknowledged']);
  });
});

describe('a report', () => {
  it('names the first problems and counts the others', () => {
    const report = new PlayReport(2);
    expect(report.isClean).toBe(true);
    for (let i = 0; i < 5; i++) report.problem({ kind: 'missing', session: 's', ident: '', entry: i, detail: '' });
    expect([report.problems.length, report.moreProblems, report.isClean]).toEqual([2, 3, false]);
  });
});
