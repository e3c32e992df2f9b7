import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { ERROR_CODES } from '#errors/codes';
import { CODECS } from '#protocols/all';
import { odograph } from './cli-fixture.ts';
import { EXIT_CODES, exitForCode } from './exit-codes.ts';
import { everyCommand, program } from './program.ts';

const dir = mkdtempSync(join(tmpdir(), 'odograph-cli-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** One record of Codec 8 without a fix, checksum right: the first example of the maker’s own page. */
const FRAME =
  '000000000000003608010000016B40D8EA30010000000000000000000000000000000105021503010101425E0F01F10000601A014E0000000000000000010000C7CF';

describe('the command line', () => {
  test('asking for help or the version is no error', async () => {
    expect(await odograph('--version')).toEqual({ code: 0, out: '1.2.3\n', err: '' });
    expect((await odograph('help', 'decode')).code).toBe(0);
  });

  test.each([[], ['decoe'], ['decode'], ['decode', '00', '--jsonn'], ['decode', '00', '--protocol', 'telex']])(
    'a wrong command line (%j) ends with 64',
    async (...words) => {
      const { code, out, err } = await odograph(...words);
      expect([code, out]).toEqual([64, '']);
      expect(err).not.toBe('');
    },
  );

  test('every command and option says what it is for', async () => {
    const io = { out: new PassThrough(), err: new PassThrough() };
    const commands = everyCommand(await program(io, CODECS, '1'));
    expect(commands.length).toBeGreaterThan(3);
    expect(commands.filter((command) => command.description() === '')).toEqual([]);
    expect(commands.flatMap((command) => command.options.filter(({ description }) => description === ''))).toEqual([]);
  });

  test('a call has the one command that it names, under that name', async () => {
    const io = { out: new PassThrough(), err: new PassThrough() };
    const { commands } = await program(io, CODECS, '1');
    for (const name of commands.map((command) => command.name())) {
      const called = await program(io, CODECS, '1', ['--help', name, 'decode']);
      expect(called.commands.map((command) => command.name())).toEqual([name]);
    }
  });

  test('every error code has an exit code', () => {
    const bugs = Object.keys(ERROR_CODES).filter((code) => exitForCode(code as keyof typeof ERROR_CODES) === 'bug');
    expect(bugs).toEqual(['bug_invariant']);
    expect(new Set(Object.values(EXIT_CODES).map(({ code }) => code)).size).toBe(Object.keys(EXIT_CODES).length);
  });
});

describe('check-config', () => {
  test('accepts a right configuration', async () => {
    expect(
      await odograph('check-config', '--set', 'listeners=[{"name":"a","port":1,"protocols":["teltonika"]}]'),
    ).toMatchObject({
      code: 0,
      err: '',
    });
  });

  test('ends with 78 and every problem', async () => {
    const { code, err } = await odograph('check-config', '--set', 'admin.port=x', '--log-level', 'loud');
    expect(code).toBe(78);
    expect(err).toContain('admin.port is "x" (--set): must be a whole number from 0 to 65535 [config_invalid]');
    expect(err).toContain('log.level is "loud" (--log-level)');
  });

  test('gives the problems to scripts', async () => {
    const { code, out } = await odograph('check-config', '--json', '--set', 'admin.port=x');
    expect(code).toBe(78);
    expect(JSON.parse(out)).toMatchObject({
      valid: false,
      problems: expect.arrayContaining([expect.objectContaining({ path: 'admin.port', code: 'config_invalid' })]) as unknown,
    });
  });
});

describe('print-config', () => {
  test('shows values with their sources', async () => {
    const file = join(dir, 'odograph.yaml');
    writeFileSync(file, 'clickhouse:\n  password: hunter2\nlisteners: [{name: a, port: 1, protocols: [teltonika]}]\n');
    const { out } = await odograph('print-config', '--config', file, '--data-dir', '/srv/odograph');
    expect(out).toMatch(/^dataDir = "\/srv\/odograph" +# --data-dir$/m);
    expect(out).toMatch(/^clickhouse\.password = "\*+" +# .*odograph\.yaml:2$/m);
  });
});

describe('decode', () => {
  test('finds the protocol and shows messages and the reply', async () => {
    const { code, out } = await odograph('decode', FRAME);
    expect(code).toBe(0);
    expect(out).toContain('protocol teltonika');
    expect(out).toContain('reply 00000001');
    expect(out).toContain('2019-06-10T10:04:46.000Z');
  });

  test('reads hex files, raw files and gives the same', async () => {
    const hexFile = join(dir, 'frame.hex');
    const rawFile = join(dir, 'frame.bin');
    writeFileSync(hexFile, `# annotated\n${FRAME.slice(0, 16)} # preamble and length\n${FRAME.slice(16)}\n`);
    writeFileSync(rawFile, Buffer.from(FRAME, 'hex'));
    const direct = await odograph('decode', FRAME, '--json');
    expect(JSON.parse(direct.out)).toMatchObject({ protocol: 'teltonika', pieces: [{ kind: 'data', reply: '00000001' }] });
    expect(await odograph('decode', hexFile, '--json')).toEqual(direct);
    expect(await odograph('decode', rawFile, '--json')).toEqual(direct);
  });

  test('takes the bytes of a datagram for one frame, and reads the goldens of the codecs', async () => {
    const golden = join(import.meta.dirname, '../../protocols/teltonika/golden/udp-codec8-spec.hex');
    const { code, out } = await odograph('decode', golden, '--transport', 'udp', '--protocol', 'teltonika', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ident: '352093086403655', pieces: [{ from: 0, kind: 'data' }] });
  });

  test('reads the body of a push, which is one frame, where its protocol is named', async () => {
    const goldens = join(import.meta.dirname, '../../protocols/push');
    const { code, out } = await odograph('decode', join(goldens, 'bmw/golden/stream-position.body'), '--protocol', 'bmw');
    expect(code).toBe(0);
    expect(out).toContain('ident WBA00000000000042');
    expect(out).toContain('47.37661, 8.54172');
    expect(out).toContain('known again by WBA00000000000042|');
    const ended = await odograph('decode', join(goldens, 'hyundai-kia/golden/consent-end.body'), '-p', 'hyundai-kia');
    expect(ended.out).toContain('consent withdrawn: KMH00000000000043, all');
    const broken = await odograph('decode', join(goldens, 'bmw/golden/not-json.body'), '-p', 'bmw', '--json');
    expect([broken.code, JSON.parse(broken.out)]).toMatchObject([65, { pieces: [{ faults: [{ code: 'decode_malformed' }] }] }]);
  });

  test('a broken checksum, a cut frame and unknown bytes end with 65 and say why', async () => {
    const broken = await odograph('decode', FRAME.replace(/CF$/, 'CE'));
    expect([broken.code, broken.err]).toEqual([65, expect.stringContaining('wire_crc')]);
    const cut = await odograph('decode', FRAME.slice(0, -2));
    expect([cut.code, cut.err]).toEqual([65, expect.stringContaining('session_unfinished')]);
    const unknown = await odograph('decode', 'deadbeefdeadbeef');
    expect([unknown.code, unknown.err]).toEqual([65, expect.stringContaining('wire_unknown')]);
    expect((await odograph('decode', join(dir, 'absent'))).code).toBe(65);
  });
});
