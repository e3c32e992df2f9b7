import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { TappedSession } from '../../session/tap.ts';
import type { CaptureItem } from '../file/items.ts';
import { newReport, readCaptureItems } from '../file/reader.ts';
import type { Selection } from '../selection.ts';
import { Tap } from './tap.ts';
import type { TapStream } from './tap-stream.ts';

const EVERYTHING: Selection = { idents: [], peers: [], listeners: [] };
const IMEI = '356307042441013';
let clock = 1_000;
let lost = 0;
const streams: TapStream[] = [];

const newTap = (waitingBytes = 100_000) =>
  new Tap({ now: () => clock++, most: 2, waitingBytes, onLost: (entries) => void (lost += entries) });

function listen(tap: Tap, selection: Partial<Selection> = {}): TapStream {
  const stream = tap.listen({ ...EVERYTHING, ...selection }) as TapStream;
  streams.push(stream);
  return stream;
}

afterEach(() => {
  for (const stream of streams.splice(0)) stream.destroy();
  lost = 0;
});

function session(changes: Partial<TappedSession> = {}): TappedSession {
  return {
    sessionId: 'a1',
    transport: 'tcp',
    listener: 'trackers',
    peer: '203.0.113.9:40122',
    protocol: 'teltonika',
    ident: null,
    dialect: null,
    ...changes,
  };
}

/** What a listener has heard in the end, as texts; a number is a gap. */
async function heardBy(stream: TapStream): Promise<(string | number)[]> {
  const items: CaptureItem[] = [];
  for await (const item of readCaptureItems(stream, 'it', newReport())) items.push(item);
  return items.map((item) =>
    item.kind === 'gap' ? item.lost : `${item.entry.direction} ${Buffer.from(item.entry.bytes).toString()}`,
  );
}

const bytes = (text: string) => Buffer.from(text);

describe('a tap', () => {
  it('is open only while somebody listens', () => {
    const tap = newTap();
    expect(tap.isOpen).toBe(false);
    const stream = listen(tap);
    expect([tap.isOpen, tap.listeners]).toEqual([true, 1]);
    stream.destroy();
    return new Promise<void>((resolve) => void stream.once('close', resolve)).then(() => expect(tap.isOpen).toBe(false));
  });

  it('gives all its listeners what goes both ways, with time and session', async () => {
    const tap = newTap();
    const [one, two] = [listen(tap), listen(tap)];
    tap.tell('in', session(), bytes('login'));
    tap.tell('out', session({ ident: IMEI }), bytes('ok'));
    tap.close();
    expect(await heardBy(one)).toEqual(['in login', 'out ok']);
    const items: CaptureItem[] = [];
    for await (const item of readCaptureItems(two, 'it', newReport())) items.push(item);
    expect(items).toMatchObject([
      { entry: { direction: 'in', at: expect.any(Number), peer: '203.0.113.9:40122', sessionId: 'a1', ident: null } },
      { entry: { direction: 'out', listener: 'trackers', transport: 'tcp', protocol: 'teltonika', ident: IMEI } },
    ]);
  });

  it('takes only so many listeners, and none once it is closed', () => {
    const tap = newTap();
    listen(tap);
    listen(tap);
    expect(tap.listen(EVERYTHING)).toBeNull();
    tap.close();
    for (const stream of streams) stream.destroy();
    expect(tap.listen(EVERYTHING)).toBeNull();
  });

  it('keeps its own copy: what is told may change at once', async () => {
    const tap = newTap();
    const stream = listen(tap);
    const chunk = bytes('abc');
    tap.tell('in', session(), chunk);
    chunk.fill(0);
    tap.close();
    expect(await heardBy(stream)).toEqual(['in abc']);
  });

  it('gives what is there a moment later, however little', async () => {
    const tap = newTap();
    const stream = listen(tap);
    const reading = readCaptureItems(stream, 'it', newReport());
    tap.tell('in', session(), bytes('a'));
    expect((await reading.next()).value).toMatchObject({ kind: 'entry' });
    await reading.return(undefined);
  });
});

describe('a slow reader', () => {
  it('loses what does not fit, is told how much and where, and costs no more than its bound', async () => {
    const tap = newTap(10_000);
    const stream = listen(tap);
    for (let i = 0; i < 1_000; i++) tap.tell('in', session(), Buffer.alloc(100, 97));
    expect(lost).toBeGreaterThan(800);
    expect(lost).toBeLessThan(1_000);
    const kept = 1_000 - lost;
    const reading = readCaptureItems(stream, 'it', newReport());
    const first: CaptureItem[] = [];
    while (first.length < kept) first.push((await reading.next()).value as CaptureItem);
    // There is room again: what comes now is taken, behind the gap.
    await pause(0);
    tap.tell('in', session(), bytes('later'));
    tap.close();
    const rest: CaptureItem[] = [];
    for await (const item of reading) rest.push(item);
    expect(first.every(({ kind }) => kind === 'entry')).toBe(true);
    expect(rest).toMatchObject([{ kind: 'gap', lost }, { kind: 'entry' }]);
  });

  it('that nothing follows is told all the same', async () => {
    const tap = newTap(1_000);
    const stream = listen(tap);
    for (let i = 0; i < 50; i++) tap.tell('in', session(), Buffer.alloc(100, 97));
    tap.close();
    const heard = await heardBy(stream);
    expect(heard.at(-1)).toBe(lost);
    expect(heard.length - 1 + lost).toBe(50);
  });

  it('does not keep another from hearing all', async () => {
    const tap = newTap();
    const [, quick] = [listen(tap), listen(tap)];
    const reading = heardBy(quick);
    for (let i = 0; i < 200; i++) {
      tap.tell('in', session(), Buffer.alloc(5_000, 97));
      await pause(0);
    }
    tap.close();
    expect((await reading).length).toBe(200);
    expect(lost).toBeGreaterThan(100);
  });
});

describe('a selection', () => {
  it('by listener and by peer, with or without its port', async () => {
    const tap = newTap();
    const byListener = listen(tap, { listeners: ['vans'] });
    tap.tell('in', session({ listener: 'vans' }), bytes('a'));
    tap.tell('in', session(), bytes('b'));
    tap.close();
    expect(await heardBy(byListener)).toEqual(['in a']);
    for (const peers of [['203.0.113.9'], ['203.0.113.9:40122']]) {
      const again = newTap();
      const byPeer = listen(again, { peers });
      again.tell('in', session({ peer: '203.0.113.9:40122' }), bytes('a'));
      again.tell('in', session({ peer: '203.0.113.90:40122' }), bytes('b'));
      again.close();
      expect(await heardBy(byPeer)).toEqual(['in a']);
    }
  });

  it('by ident has the login too, which came before the session knew whom it is of', async () => {
    const tap = newTap();
    const stream = listen(tap, { idents: ['3563-0704-2441-013'] });
    tap.tell('in', session({ sessionId: 'other' }), bytes('login of another'));
    tap.tell('in', session(), bytes('log'));
    tap.tell('in', session(), bytes('in'));
    tap.tell('out', session({ sessionId: 'other', ident: '860000000000017' }), bytes('no'));
    tap.tell('out', session({ ident: IMEI }), bytes('ok'));
    tap.tell('in', session({ ident: IMEI }), bytes('data'));
    tap.tell('in', session({ sessionId: 'other', ident: '860000000000017' }), bytes('data of another'));
    tap.close();
    expect(await heardBy(stream)).toEqual(['in log', 'in in', 'out ok', 'in data']);
  });

  it('by ident holds little of sessions that never name a device', async () => {
    const tap = newTap();
    const stream = listen(tap, { idents: [IMEI] });
    for (let i = 0; i < 100; i++) tap.tell('in', session(), Buffer.alloc(1_000, 97));
    for (let i = 0; i < 3_000; i++) tap.tell('in', session({ sessionId: `s${i}` }), bytes('x'));
    tap.tell('out', session({ sessionId: 's2999', ident: IMEI }), bytes('young'));
    tap.tell('out', session({ sessionId: 's0', ident: IMEI }), bytes('old'));
    tap.close();
    expect(await heardBy(stream)).toEqual(['in x', 'out young', 'out old']);
  });

  it('by ident says how much is missing of a session that said too much before its login', async () => {
    const tap = newTap();
    const stream = listen(tap, { idents: [IMEI] });
    for (let i = 0; i < 20; i++) tap.tell('in', session(), Buffer.alloc(1_000, 97));
    tap.tell('out', session({ ident: IMEI }), bytes('ok'));
    tap.close();
    const heard = await heardBy(stream);
    expect(heard[0]).toBe(lost);
    expect(heard.length - 2 + lost).toBe(20);
  });
});
