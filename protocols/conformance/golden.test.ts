import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadGoldens, printGolden, stateBytes } from './golden.ts';
import { toy } from './toy/index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'goldens-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const context = { ident: null, dialect: null, transport: 'tcp' } as const;
const provenance = { kind: 'synthetic', ref: 'made up' } as const;

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function heartbeat(): Uint8Array {
  const bytes = Uint8Array.of(0x7e, 0x01, 0x48, 0x00, 0x00);
  const wrong = stateBytes(toy, bytes, context).faults[0]?.detail ?? '';
  const crc = Number(/computed (\d+)/.exec(wrong)?.[1]);
  bytes.set([crc >> 8, crc & 0xff], 3);
  write('beat.hex', `${Buffer.from(bytes).toString('hex')} # a heartbeat\n`);
  return bytes;
}

describe('goldens', () => {
  test('are read as they were printed', () => {
    const bytes = heartbeat();
    const statement = stateBytes(toy, bytes, context);
    const head = { provenance, device: 'T-1', context: { ident: 'TOY-7', dialect: null } };
    write('beat.json', printGolden(head, statement));
    expect(loadGoldens(folder)).toEqual([
      { name: 'beat', bytes, head, expected: statement, context: { ...context, ident: 'TOY-7' } },
    ]);
    expect(statement).toMatchObject({ kind: 'heartbeat', reply: '06' });
  });

  test.each([
    ['bytes without JSON', () => write('a.hex', '00'), 'npm run golden -- --accept'],
    ['JSON without bytes', () => write('a.json', '{}'), 'a.json has no .hex or .body'],
    ['what is no hex', () => (write('a.hex', '0g'), write('a.json', whole({}))), 'a.hex is not hex'],
    ['no bytes at all', () => (write('a.hex', '# nothing'), write('a.json', whole({}))), 'a.hex is not hex, or empty'],
    ['an unknown key', () => (write('a.hex', '00'), write('a.json', whole({ replay: null }))), 'unknown key replay'],
    ['no provenance', () => (write('a.hex', '00'), write('a.json', whole({ provenance: undefined }))), 'needs a provenance'],
    ['an unknown transport', () => (write('a.hex', '00'), write('a.json', whole({ transport: 'pigeon' }))), 'transport pigeon'],
    ['a missing statement', () => (write('a.hex', '00'), write('a.json', whole({ reply: undefined }))), 'lacks reply'],
  ] as const)('are refused with %s', (_what, prepare, message) => {
    prepare();
    expect(() => loadGoldens(folder)).toThrow(message);
  });

  test('are one frame', () => {
    const bytes = heartbeat();
    expect(() => stateBytes(toy, Buffer.concat([bytes, bytes]), context)).toThrow('2 frames');
    expect(() => stateBytes(toy, Uint8Array.of(0, ...bytes), context)).toThrow('1 idle bytes');
    expect(() => stateBytes(toy, bytes.subarray(0, 3), context)).toThrow('3 bytes left over');
  });
});

function whole(changed: Record<string, unknown>): string {
  const statement = { kind: 'data', ident: null, dialect: null, messages: [], faults: [], reply: null, refusal: null };
  return JSON.stringify({ provenance, ...statement, ...changed });
}
