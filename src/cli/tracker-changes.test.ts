/** `odograph trackers validate|update|cancel|delete|clearance`, as they are typed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { odograph, type Ran } from './cli-fixture.ts';

const VIN = 'WF0AXXWPMAJB43745';
const IMEI = '352093081452251';
const LISTENERS = 'listeners=[{"name":"a","port":1,"protocols":["teltonika"]}]';
let dir = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'odograph-changes-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const trackers = (...words: string[]): Promise<Ran> => odograph('trackers', ...words, '--data-dir', dir, '--set', LISTENERS);

async function json(...words: string[]): Promise<unknown> {
  const { code, out, err } = await trackers(...words, '--json');
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out);
}

const register = (id: string, provider: string, ...words: string[]) => json('register', id, '-p', provider, ...words);

describe('validate', () => {
  test('starts the validation, which why then tells of', async () => {
    await register(VIN, 'bmw');
    const { out } = await trackers('validate', VIN);
    expect(out).toMatch(/^WF0AXXWPMAJB43745 of bmw, [\w-]+: pending_validation\n$/);
    const why = await trackers('why', VIN);
    expect(why.out).toMatch(
      /Validation: waits for its first step, since .*\n {2}nothing was answered yet; looks again now, 0 looks so far/,
    );
    expect(await json('why', VIN)).toMatchObject([
      { validation: { waitingFor: 'its first step' }, next: 'wait for its first step' },
    ]);
  });

  test('of a hardware tracker that was registered for later, and of Mercedes-Benz with its odometer', async () => {
    expect(await register(IMEI, 'targa', '--later')).toMatchObject({ tracker: { status: 'pending' } });
    expect(await json('validate', IMEI)).toMatchObject({ status: 'pending_validation' });
    await register(VIN, 'mercedes-benz');
    const lacking = await trackers('validate', VIN);
    expect([lacking.code, lacking.err]).toEqual([1, expect.stringMatching(/odo_value is needed.*tracker_invalid/)]);
    expect((await trackers('validate', VIN, '--odo-value', 'many')).code).toBe(64);
    expect(await json('validate', VIN, '--odo-value', '54321')).toMatchObject({ status: 'pending_validation' });
    const again = await trackers('validate', VIN, '--odo-value', '54321');
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('lifecycle_illegal_transition')]);
  });
});

test('update changes what is given, and a corrected id leads back to pending', async () => {
  await register(IMEI, 'targa', '--later', '--foreign-id', 'F-1', '--object', 'make=Ford');
  expect(await json('clearance', IMEI, 'unknown_id', '--reason', 'not in their list')).toMatchObject({
    status: 'wrong_tracker_id',
  });
  expect(await json('update', IMEI, '--tracker-id', VIN)).toMatchObject({ status: 'pending', trackerId: VIN });
  expect(await json('update', VIN, '--no-foreign-id', '--serial', 'S-1', '--vehicle-type', 'van')).toMatchObject({
    foreignTrackerId: null,
    vehicleType: 'van',
    objectId: { make: 'Ford', serial_number: 'S-1' },
  });
  expect((await trackers('update', VIN)).code).toBe(64);
  expect((await trackers('update', VIN, '--object', 'make')).code).toBe(64);
  const wrong = await trackers('update', VIN, '--tracker-id', '1');
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('tracker_invalid')]);
});

test("clearance takes down the owner's answer, where it means something", async () => {
  await register(VIN, 'bmw');
  await json('validate', VIN);
  expect(await json('clearance', VIN, 'rejected', '--reason', 'they said no')).toMatchObject({ status: 'error_rejected' });
  const { out } = await trackers('show', VIN);
  expect(out).toContain('the operator reports "rejected": they said no');
  await json('validate', VIN);
  expect(await json('clearance', VIN, 'approved')).toMatchObject({ status: 'pending_for_data' });
  expect(await json('clearance', VIN, 'revoked')).toMatchObject({ status: 'error_revoke' });
  const illegal = await trackers('clearance', VIN, 'approved');
  expect([illegal.code, illegal.err]).toEqual([1, expect.stringContaining('lifecycle_illegal_transition')]);
  expect((await trackers('clearance', VIN, 'perhaps')).code).toBe(64);
});

test('cancel and delete give a tracker up; a name that several have is asked about', async () => {
  await register(IMEI, 'targa');
  expect(await json('cancel', IMEI, '--reason', 'sold')).toMatchObject({ status: 'disconnected', deletedAt: null });
  expect((await trackers('cancel', IMEI)).err).toContain('lifecycle_illegal_transition');
  // The active one is meant where others of the name are not.
  await register(IMEI, 'targa');
  await register(IMEI, 'astrata', '-t', 'obd');
  const unclear = await trackers('delete', IMEI);
  expect([unclear.code, unclear.err]).toEqual([
    64,
    expect.stringMatching(/several trackers.*targa, .*astrata, |several trackers.*astrata, .*targa, /),
  ]);
  const [first] = (await json('list', '-p', 'targa', '-s', 'pending_for_data')) as { oid: string }[];
  const gone = await trackers('delete', first?.oid ?? '');
  expect(gone.out).toMatch(/: deleted\n$/);
  expect((await trackers('delete', first?.oid ?? '')).err).toContain('tracker_unknown');
  expect(await json('list', '-s', 'pending_for_data')).toMatchObject([{ provider: 'astrata' }]);
});
