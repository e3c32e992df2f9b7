import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { odograph } from './cli-fixture.ts';

const CAPTURES = join(import.meta.dirname, '../../fixtures/captures');
const LOGIN = '000f333536333037303432343431303133';
const FRAME = '000000000000002808010000016b40d9ad80010000000000000000000000000000000103021503010101425e100000010000f22a';
const line = (rest: string) => `2026-08-21 09:18:51  INFO: [T8f620617: teltonika < 203.0.113.9] ${rest}\n`;
let dir = '';
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'odograph-decode-'))));
afterAll(() => rmSync(dir, { recursive: true }));

function made(name: string, content: string | Uint8Array): string {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
}

interface Shown {
  sessions: { session: string; protocol: string | null; ident: string | null; pieces: { kind: string }[] }[];
}

describe('decode of what something has logged', () => {
  test('shows each session of a packet capture: streams as a whole, the datagrams of a peer one by one', async () => {
    const { code, out, err } = await odograph('decode', join(CAPTURES, 'ethernet-nanoseconds.pcap'), '--json');
    const { sessions } = JSON.parse(out) as Shown;
    expect(sessions.map(({ protocol, ident, pieces }) => [protocol, ident, pieces.map(({ kind }) => kind)])).toEqual([
      ['teltonika', '356307042441013', ['login', 'data']],
      ['teltonika', '356307042441013', ['login', 'data']],
      [null, null, ['refused', 'refused']],
      [null, null, ['refused']],
    ]);
    expect(sessions[0]?.session).toMatch(/^[0-9a-f]{16}, 127\.0\.0\.1:\d+, tcp 5027$/);
    // The other datagrams are no protocol of ours.
    expect([code, err]).toEqual([65, expect.stringContaining('3 of 7 pieces have faults')]);
  });

  test('takes protocol and ident from the log, else from the command line, and says what it skipped', async () => {
    const log = made(
      't.log',
      `2026-08-21 09:18:50  INFO: Starting\n${line(LOGIN)}${line(FRAME.slice(0, 20))}${line(FRAME.slice(20))}`,
    );
    const shown = await odograph('decode', log);
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(/^session .*203\.0\.113\.9, tcp teltonika\nprotocol teltonika, ident 356307042441013\n/);
    expect(shown.out).toContain('2019-06-10T10:05:36.000Z');
    expect(shown.err).toContain('skipped: 1 × lines of the log that hold no bytes of a device [other-line]: line 1');
    const rows = made(
      'r.jsonl',
      `{"hex":"${FRAME}","session":"a","ident":"1"}\n{"hex":"${FRAME}","session":"b"}\n{"hex":"01","direction":"out"}\n`,
    );
    const named = await odograph('decode', rows, '-p', 'teltonika', '--ident', '9', '--dialect', 'fmb', '--json');
    expect((JSON.parse(named.out) as Shown).sessions.map(({ ident }) => ident)).toEqual(['1', '9']);
  });

  test('takes lines of hex for one stream, lines that say more for sessions, and base64 and other bytes for what they are', async () => {
    const stream = await odograph('decode', made('s.hex', `# one stream\n${LOGIN}\n${FRAME}\n`));
    expect([stream.code, stream.out]).toEqual([0, expect.stringMatching(/^protocol teltonika, ident 356307042441013\n/)]);
    const lines = made('l.hex', `2026-08-21T09:18:51Z session=a ${LOGIN}\n2026-08-21T09:18:52Z session=b ${LOGIN}\n`);
    expect((JSON.parse((await odograph('decode', lines, '--json')).out) as Shown).sessions).toHaveLength(2);
    const base64 = made('b.b64', `${Buffer.from(LOGIN, 'hex').toString('base64')}\n`);
    expect((await odograph('decode', base64)).out).toMatch(/^session .*\nprotocol teltonika, ident 356307042441013\n/);
    const raw = await odograph('decode', made('r.bin', Buffer.from(LOGIN, 'hex')));
    expect([raw.code, raw.out]).toEqual([0, expect.stringMatching(/^protocol teltonika, ident 356307042441013\n/)]);
    const named = await odograph('decode', made('n.hex', `${LOGIN}\n`), '--from', 'hex');
    expect(named.out).toMatch(/^session /);
  });

  test('names every byte of each session with --explain', async () => {
    const log = made('e.log', `${line(LOGIN)}${line(FRAME)}`);
    const { code, out } = await odograph('decode', log, '--explain');
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^session .*\nprotocol teltonika, ident 356307042441013: 2 pieces in 69 bytes\n/),
    ]);
    expect(out).toMatch(/data: bytes 17 to 68 \(52 bytes\)/);
    const rows = made('u.jsonl', `{"hex":"deadbeef"}\n`);
    const unknown = await odograph('decode', rows, '--explain', '--json');
    const { sessions } = JSON.parse(unknown.out) as { sessions: { protocol: null; verdicts: { outcome: string }[] }[] };
    expect([unknown.code, sessions[0]?.protocol]).toEqual([65, null]);
    expect(sessions[0]?.verdicts.map(({ outcome }) => outcome)).toContain('none');
  });

  test('says where nothing was sent by a device, and where there is more than anybody reads', async () => {
    const out = await odograph('decode', made('o.jsonl', '{"hex":"01","direction":"out"}\n'));
    expect([out.code, out.err]).toEqual([65, expect.stringContaining('was sent by a device')]);
    const row = `{"hex":"${'00'.repeat(40_000)}","session":"a","transport":"udp"}\n`;
    const long = await odograph('decode', made('long.jsonl', row.repeat(420)));
    expect([long.code, long.err]).toEqual([65, expect.stringContaining('odograph replay summarises it')]);
  });
});
