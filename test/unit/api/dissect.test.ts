import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestApi } from '../../support/api.ts';

let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await TestApi.open();
  key = await api.keyOf('acme', 'read');
});
afterAll(() => api.close());

interface Field {
  name: string;
  depth: number;
  offset: number;
  length: number;
  parts: boolean;
  readings: { key: string; value: unknown; unit: string | null }[];
}

interface Shown {
  protocol: string | null;
  pieces: { hex: string; stopped_at: number | null; fields: Field[]; faults: { code: string }[] }[];
  pieces_left: number;
  candidates: { protocol: string; outcome: string; reason: string }[];
}

async function dissect(body: object): Promise<Shown> {
  const { status, body: shown } = await api.ask('POST', '/v1/dissect', { key, body });
  expect(shown).not.toHaveProperty('err_code');
  expect(status).toBe(200);
  return shown as unknown as Shown;
}

/** The example of the maker's documentation. */
const FRAME =
  '00000000000000360801 0000016B40D8EA30 01 00000000 00000000 0000 0000 00 0000 0105021503010101425E0F01F10000601A014E0000000000000000 01 0000C7CF';

test('every byte of a pasted frame belongs to one field, with what it says', async () => {
  const { protocol, pieces } = await dissect({ hex: FRAME });
  expect(protocol).toBe('teltonika');
  const [piece] = pieces;
  expect(piece?.stopped_at).toBeNull();
  const leaves = piece?.fields.filter(({ parts }) => !parts) ?? [];
  expect(leaves.flatMap(({ offset, length }) => Array.from({ length }, (_, i) => offset + i))).toEqual(
    Array.from({ length: 66 }, (_, i) => i),
  );
  const voltage = leaves.find(({ readings }) => readings.some(({ key: name }) => name === 'device.supply.voltage'));
  expect(voltage).toMatchObject({ length: 2, readings: [{ value: 24.079, unit: 'volt' }] });
  // The same in base64.
  const base64 = Buffer.from(FRAME.replaceAll(' ', ''), 'hex').toString('base64');
  expect(await dissect({ base64 })).toEqual(await dissect({ hex: FRAME }));
});

test('bytes that nobody has read are told, and where they begin', async () => {
  const cut = await dissect({ hex: FRAME.replaceAll(' ', '').slice(0, 60) });
  expect(cut.pieces[0]?.stopped_at).toBe((cut.pieces[0]?.hex.length ?? 0) / 2);
  expect(cut.candidates[0]).toMatchObject({ protocol: 'teltonika', outcome: 'begun' });
});

test('of bytes nobody recognises, each codec says what it misses', async () => {
  const { protocol, pieces, candidates } = await dissect({ hex: '48 65 6c 6c 6f' });
  expect([protocol, pieces]).toEqual([null, []]);
  expect(candidates.length).toBeGreaterThan(3);
  for (const { outcome, reason } of candidates) {
    expect(outcome).toBe('none');
    expect(reason).toMatch(/^byte 0: expected/);
  }
});

test('bytes that could be thousands of frames are not all named', async () => {
  const { pieces, pieces_left: left } = await dissect({ hex: 'ff'.repeat(16_384), protocol: 'teltonika' });
  expect(pieces).toHaveLength(500);
  expect(left).toBeGreaterThan(0);
});

test.each([
  [{}, 'is missing'],
  [{ hex: ' ' }, 'is missing'],
  [{ hex: '0' }, 'two digits'],
  [{ hex: '0g' }, '"g" is no hex digit'],
  [{ base64: '*' }, 'is none'],
  [{ hex: '00', base64: 'AA==' }, 'not both'],
  [{ hex: '00'.repeat(16_385) }, '16385 bytes are more than the 16384'],
  [{ hex: '00', protocol: 'morse' }, 'no codec is called "morse": there are teltonika'],
])('what is asked wrongly is told, case %#', async (body, says) => {
  const { status, body: answer } = await api.ask('POST', '/v1/dissect', { key, body });
  expect(status).toBe(400);
  expect(answer['msg']).toContain(says);
});
