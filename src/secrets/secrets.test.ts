import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSealedBox } from './key-file.ts';
import { SealedBox } from './sealed-box.ts';

const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

describe('a sealed box', () => {
  test('opens what it has sealed, which shows nothing of it and is never the same twice', () => {
    const box = new SealedBox([key(1)]);
    const sealed = box.seal('Geheimnis ✓', 'credentials/1');
    expect(sealed).not.toContain('Geheimnis');
    expect(box.seal('Geheimnis ✓', 'credentials/1')).not.toBe(sealed);
    expect(box.open(sealed, 'credentials/1')).toBe('Geheimnis ✓');
    expect(box.open(box.seal('', 'x'), 'x')).toBe('');
  });

  test('opens nothing that was sealed for another place, was changed, or is no sealed text', () => {
    const box = new SealedBox([key(1)]);
    const sealed = box.seal('secret', 'credentials/1');
    expect(() => box.open(sealed, 'credentials/2')).toThrow(
      /credentials\/2.*changed, or belongs elsewhere.*\[secrets_unreadable\]/,
    );
    const [version = '', id = '', text = ''] = sealed.split('.');
    for (let at = 0; at < text.length; at++) {
      const bytes = Buffer.from(text, 'base64url');
      bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ 1;
      const forged = [version, id, bytes.toString('base64url')].join('.');
      expect(() => box.open(forged, 'credentials/1')).toThrow('[secrets_unreadable]');
    }
    for (const wrong of ['', 'secret', `${version}.${id}.`, `${version}.${id}.AAAA`, `v2.${id}.${text}`]) {
      expect(() => box.open(wrong, 'credentials/1')).toThrow('[secrets_unreadable]');
    }
  });

  test('seals with its first key, and opens with each: so a key can be replaced', () => {
    const old = new SealedBox([key(1)]).seal('secret', 'x');
    const both = new SealedBox([key(2), key(1)]);
    expect(both.open(old, 'x')).toBe('secret');
    const renewed = both.seal('secret', 'x');
    expect(new SealedBox([key(2)]).open(renewed, 'x')).toBe('secret');
    expect(() => new SealedBox([key(2)]).open(old, 'x')).toThrow(/the key [0-9a-f]{8} is not in the key file/);
  });

  test('is not made without a whole key', () => {
    expect(() => new SealedBox([])).toThrow('[secrets_key]');
    expect(() => new SealedBox([new Uint8Array(31)])).toThrow('[secrets_key]');
  });
});

describe('the key file', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'odograph-secrets-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  test('is made where none is named, for its owner alone, and is the same from then on', () => {
    const folder = join(dataDir, 'deep');
    const sealed = openSealedBox({ dataDir: folder }).seal('secret', 'x');
    expect(statSync(join(folder, 'secrets.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['secrets.key']);
    expect(openSealedBox({ dataDir: folder }).open(sealed, 'x')).toBe('secret');
  });

  test('is never made where one is named: that would hide that it is missing', () => {
    const keyFile = join(dataDir, 'shared.key');
    expect(() => openSealedBox({ dataDir, keyFile })).toThrow(/shared\.key cannot be used: ENOENT.*\[secrets_key\]/);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  test('holds a key a line, the newest first, with remarks between', () => {
    const keyFile = join(dataDir, 'shared.key');
    const lines = [key(2), key(1)].map((bytes) => Buffer.from(bytes).toString('base64'));
    writeFileSync(keyFile, `# ours\n\n${lines.join('\n# older\n')}\n`);
    const box = openSealedBox({ dataDir, keyFile });
    expect(box.open(new SealedBox([key(1)]).seal('a', 'x'), 'x')).toBe('a');
    expect(new SealedBox([key(2)]).open(box.seal('b', 'x'), 'x')).toBe('b');
  });

  test.each(['', '# nothing\n', 'c2hvcnQ=\n', `${'A'.repeat(43)}\n`, 'not base64\n'])('with %j is refused', (text) => {
    const keyFile = join(dataDir, 'shared.key');
    writeFileSync(keyFile, text);
    expect(() => openSealedBox({ dataDir, keyFile })).toThrow('[secrets_key]');
    expect(readFileSync(keyFile, 'utf8')).toBe(text);
  });
});
