/** `odograph trackers link` and `unlink`, as they are typed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { odograph, type Ran } from './cli-fixture.ts';

const LISTENERS = 'listeners=[{"name":"a","port":1,"protocols":["teltonika"]}]';
let dir = '';

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'odograph-link-'));
  await trackers('register', 'van 7', '-p', 'html5', '-t', 'oem');
});
afterEach(() => rmSync(dir, { recursive: true }));

const trackers = (...words: string[]): Promise<Ran> => odograph('trackers', ...words, '--data-dir', dir, '--set', LISTENERS);

test('a link goes to the output alone, and what is to be known of it beside', async () => {
  const made = await trackers('link', 'van 7', '--base', 'https://telematics.example.com/odograph/');
  expect(made.out).toMatch(/^https:\/\/telematics\.example\.com\/odograph\/track\/#[\w-]{43}\n$/);
  expect(made.err).toMatch(/can be opened once, until .*; it is shown this once/);
  const local = await trackers('link', 'van 7', '--expires', '10m', '--json');
  expect(JSON.parse(local.out)).toMatchObject({
    link: { openedAt: null },
    url: expect.stringMatching('^http://127.0.0.1:8080/track/#'),
  });
  expect((await trackers('link', 'van 7', '--base', 'http://192.0.2.7:8080')).err).toContain('over https only');
});

test('all links of a tracker are ended', async () => {
  await trackers('link', 'van 7');
  await trackers('link', 'van 7');
  expect((await trackers('unlink', 'van 7')).out).toBe('ended 2 links, 0 of them opened by a phone\n');
  expect((await trackers('unlink', 'van 7')).out).toBe('ended 0 links, 0 of them opened by a phone\n');
});

test('what cannot be linked is told', async () => {
  expect(await trackers('link', 'van 8')).toMatchObject({ code: 1, err: expect.stringContaining('tracker_unknown') as string });
  expect(await trackers('link', 'van 7', '--base', 'telematics')).toMatchObject({ code: 64 });
  const anyPort = await trackers('link', 'van 7', '--set', 'api.port=0');
  expect([anyPort.code, anyPort.err]).toEqual([64, expect.stringContaining('validation.publicUrl')]);
});
