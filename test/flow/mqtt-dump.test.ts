/** What the real mosquitto_sub prints of messages, read by the importer. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSource, type Source } from '../../src/capture/import/index.ts';
import type { CaptureEntry } from '../../src/capture/entry.ts';
import { haveMosquitto, Mosquitto, mosquittoPub } from '../support/mosquitto.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const SUBSCRIBER = ['/usr/bin/mosquitto_sub', '/usr/local/bin/mosquitto_sub'].find((path) => existsSync(path));
const TOPIC = 'odograph/v1/356307042441013/teltonika';
const BINARY = Buffer.from('000f333536333037303432343431303133ff80', 'hex');
const TEXT = Buffer.from('he"l\\lo\t\r\n/ é €');
const JSON_TEXT = Buffer.from('{"speed": 87.0, "on":true}');
const MESSAGES = [BINARY, TEXT, JSON_TEXT];
const LAST = 'the-last-one';

const texts = (entries: readonly CaptureEntry[]): string[] => entries.map(({ bytes }) => Buffer.from(bytes).toString('hex'));

describe.skipIf(!haveMosquitto || SUBSCRIBER === undefined)('what mosquitto_sub prints (skipped without mosquitto)', () => {
  let broker: Mosquitto;
  let dir = '';
  const printed = new Map<string, string>();

  /** Lets mosquitto_sub print messages with a format until it has seen the last. */
  async function subscribe(name: string, format: string): Promise<() => Promise<void>> {
    const child: ChildProcess = spawn(SUBSCRIBER as string, [
      '-h',
      '127.0.0.1',
      '-p',
      String(broker.port),
      '-t',
      'ready',
      '-t',
      '#',
      '-F',
      format,
    ]);
    const pieces: Buffer[] = [];
    child.stdout?.on('data', (piece: Buffer) => pieces.push(piece));
    const has = (text: string) => Buffer.concat(pieces).includes(text);
    await until(`${name} is subscribed`, async () => {
      await mosquittoPub(broker.port, 'ready', Buffer.from('"ready"'));
      return has('ready');
    });
    return async () => {
      await until(`${name} has all`, () => has(LAST));
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      const path = join(dir, `${name}.jsonl`);
      writeFileSync(path, Buffer.concat(pieces));
      printed.set(name, path);
    };
  }

  beforeAll(async () => {
    broker = await Mosquitto.start();
    dir = mkdtempSync(join(tmpdir(), 'odograph-mqtt-dump-'));
    const formats: [string, string][] = [
      ['j', '%j'],
      ['J', '%J'],
      ['hex', '{"tst":"%I","topic":"%t","qos":%q,"retain":%r,"payloadlen":%l,"payload":"%x"}'],
    ];
    const finish = await Promise.all(formats.map(([name, format]) => subscribe(name, format)));
    for (const message of MESSAGES) await mosquittoPub(broker.port, TOPIC, message);
    await mosquittoPub(broker.port, LAST, Buffer.from('1'));
    await Promise.all(finish.map((one) => one()));
  });
  afterAll(async () => {
    await broker.remove();
    removeFolder(dir);
  });

  /** The device's messages in what was printed. */
  async function read(name: string): Promise<{ source: Source; entries: CaptureEntry[] }> {
    const source = await openSource(printed.get(name) ?? '');
    const entries: CaptureEntry[] = [];
    for await (const entry of source.entries) if (entry.listener === TOPIC) entries.push(entry);
    expect(source.format).toBe('mqtt-jsonl');
    return { source, entries };
  }

  test('with %x is read to the byte', async () => {
    const { entries } = await read('hex');
    expect(texts(entries)).toEqual(MESSAGES.map((message) => message.toString('hex')));
    expect(entries[0]).toMatchObject({ ident: '356307042441013', protocol: 'teltonika', transport: 'mqtt', direction: 'in' });
    expect(Math.abs((entries[0]?.at ?? 0) - Date.now())).toBeLessThan(600_000);
  });

  test('with %j is read to the byte where it is text; of binary payloads it tells that they are lost', async () => {
    const { source, entries } = await read('j');
    expect(texts(entries)).toEqual([TEXT, JSON_TEXT].map((message) => message.toString('hex')));
    expect(source.report.skipped).toMatchObject([
      { reason: 'payload-lost', count: 1, first: [{ detail: expect.stringContaining('0 bytes of 19') as string }] },
    ]);
  });

  test('with %J is read for its meaning, and the report says that its bytes may be others', async () => {
    const { source, entries } = await read('J');
    expect(entries.map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as unknown)).toEqual([{ speed: 87, on: true }]);
    expect(source.report.noted.map(({ reason }) => reason)).toContain('rewritten');
  });
});
