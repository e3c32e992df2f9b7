import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { SealedBox } from '../secrets/sealed-box.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { PushEndpoints } from './endpoints.ts';
import { handedOutPath } from './handed-out.ts';

test('a company has one address for each protocol, which stays the same until its endpoint is removed', async () => {
  const store = openSqliteStore(':memory:');
  const { documents } = store;
  const secrets = new SealedBox([randomBytes(32)]);
  const endpoints = new PushEndpoints(documents, secrets, () => 1);
  const parts = { documents, endpoints, secrets };
  const paths = await Promise.all([1, 2, 3].map(() => handedOutPath(parts, 'acme', 'stellantis')));
  expect(new Set(paths).size).toBe(1);
  expect(await endpoints.list('acme', { most: 9 })).toHaveLength(1);
  const [path = ''] = paths;
  const token = path.slice('/push/'.length);
  expect(await endpoints.at(token)).toMatchObject({ companyId: 'acme', protocol: 'stellantis', rule: { kind: 'path' } });
  expect(JSON.stringify(documents.document('push_handed_out', 'acme/stellantis'))).not.toContain(token);

  const others = [await handedOutPath(parts, 'other', 'stellantis'), await handedOutPath(parts, 'acme', 'bmw')];
  expect(new Set([path, ...others]).size).toBe(3);

  const [endpoint] = await endpoints
    .list('acme', { most: 9 })
    .then((all) => all.filter(({ protocol }) => protocol === 'stellantis'));
  await endpoints.remove('acme', endpoint?.id ?? '');
  const renewed = await handedOutPath(parts, 'acme', 'stellantis');
  expect(renewed).not.toBe(path);
  expect(await endpoints.at(renewed.slice('/push/'.length))).toMatchObject({ companyId: 'acme' });
  store.close();
});
