import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiKeys } from '../registry/api-keys.ts';
import { openSqliteStore, type SqliteStore } from '../store/sqlite/store.ts';
import { odograph } from './cli-fixture.ts';

const dir = mkdtempSync(join(tmpdir(), 'odograph-keys-'));
let store: SqliteStore;
beforeAll(() => {
  store = openSqliteStore(join(dir, 'odograph.sqlite'));
});
afterAll(() => {
  store.close();
  rmSync(dir, { recursive: true });
});

const run = (...words: string[]) => odograph(...words, '--data-dir', dir);
const check = async (secret: string) => (await new ApiKeys(store.documents, Date.now).check(secret.trim())).key;

describe('companies', () => {
  test('are made once and listed, the default one always', async () => {
    expect(await run('companies', 'list')).toMatchObject({ code: 0, out: expect.stringContaining('default') as string });
    expect(await run('companies', 'create', 'acme', '--name', 'Acme', '--max-trackers', '3')).toMatchObject({ code: 0 });
    expect(await run('companies', 'create', 'acme')).toMatchObject({
      code: 1,
      err: expect.stringContaining('[company_exists]') as string,
    });
    expect(await run('companies', 'create', 'Acme!')).toMatchObject({
      code: 1,
      err: expect.stringContaining('[company_invalid]') as string,
    });
    const { out } = await run('companies', 'list', '--json');
    expect(JSON.parse(out)).toMatchObject([{ id: 'acme', name: 'Acme', maxTrackers: 3 }, { id: 'default' }]);
  });
});

const register = (company: string) =>
  run('trackers', 'register', '359632104952350', '--provider', 'targa', '--company', company, '--json');
const listed = async (company: string) => JSON.parse((await run('trackers', 'list', '--company', company, '--json')).out) as [];

test('a tracker is registered for a company that there is, and listed by it', async () => {
  expect(await register('nobody')).toMatchObject({ code: 1, err: expect.stringContaining('[company_unknown]') as string });
  expect(JSON.parse((await register('acme')).out)).toMatchObject({ tracker: { companyId: 'acme' } });
  expect([(await listed('acme')).length, (await listed('default')).length]).toEqual([1, 0]);
});

describe('keys', () => {
  test('are made, work, and are shown this once on standard output alone', async () => {
    const made = await run('keys', 'create', '--company', 'acme', '--role', 'read', '--expires', '90d');
    expect(made.out).toMatch(/^odo_[0-9a-f]{12}_[\w-]{43}\n$/);
    expect(made.err).not.toContain(made.out.trim());
    expect(await check(made.out)).toMatchObject({ companyId: 'acme', role: 'read' });
    const shown = await run('keys', 'list', '--company', 'acme');
    expect(shown.out).toMatch(/read .*good until/);
    expect(shown.out).not.toContain(made.out.trim());
  });

  test('are rotated without a gap, and revoked at once', async () => {
    const old = (await run('keys', 'create')).out;
    const id = old.slice(4, 16);
    const young = await run('keys', 'rotate', id, '--json');
    const { secret } = JSON.parse(young.out) as { secret: string };
    expect([await check(old), await check(secret)]).toMatchObject([{ replacedBy: secret.slice(4, 16) }, { role: 'admin' }]);
    expect((await run('keys', 'list')).out).toContain(`replaced by ${secret.slice(4, 16)}`);
    expect(await run('keys', 'revoke', id)).toMatchObject({ code: 0 });
    expect([await check(old), await check(secret)]).toMatchObject([null, { role: 'admin' }]);
    expect((await run('keys', 'list')).out).toMatch(/revoked/);
    expect(await run('keys', 'rotate', id)).toMatchObject({ code: 1, err: expect.stringContaining('[key_unknown]') as string });
  });

  test('of an operator belong to no company', async () => {
    const { out } = await run('keys', 'create', '--operator');
    expect(await check(out)).toMatchObject({ companyId: '', role: 'operator' });
    expect((await run('keys', 'list', '--operator', '--json')).out).toContain(out.slice(4, 16));
    expect((await run('keys', 'list')).out).not.toContain(out.slice(4, 16));
  });

  test('are only made for companies that there are', async () => {
    expect(await run('keys', 'create', '--company', 'nobody')).toMatchObject({
      code: 1,
      err: expect.stringContaining('[company_unknown]') as string,
    });
  });
});
