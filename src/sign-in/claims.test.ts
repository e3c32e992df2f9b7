import { expect, test } from 'vitest';
import { personOf, saysEnough, type ClaimRule } from './claims.ts';

const RULES: readonly ClaimRule[] = [
  { claim: 'groups', value: 'admins', role: 'admin', company: 'acme' },
  { claim: 'realm_access.roles', value: 'gateway', role: 'operator', company: 'acme' },
  { claim: 'https://acme.example/reader', role: 'read', company: 'acme' },
];

test.each([
  [{ sub: 'a', groups: ['x', 'admins'] }, 'admin', 'acme'],
  [{ sub: 'a', groups: 'admins' }, 'admin', 'acme'],
  [{ sub: 'a', realm_access: { roles: ['gateway'] } }, 'operator', ''],
  [{ sub: 'a', 'https://acme.example/reader': true }, 'read', 'acme'],
  [{ sub: 'a', groups: ['admins'], realm_access: { roles: ['gateway'] } }, 'admin', 'acme'],
])('%o is %s of "%s"', (claims, role, companyId) => {
  expect(personOf(claims, RULES)).toEqual({ name: 'a', role, companyId });
});

test.each([
  {},
  { groups: [] },
  { groups: ['Admins', 'admins '] },
  { groups: { admins: true } },
  { 'https://acme.example/reader': false },
  { realm_access: 'gateway' },
  { realm_access: null },
])('%o is nobody', (claims) => {
  expect(personOf(claims, RULES)).toBeNull();
});

test('nothing is found in what every object has', () => {
  expect(personOf({ sub: 'a' }, [{ claim: 'constructor.name', value: 'Object', role: 'owner', company: 'a' }])).toBeNull();
});

test('people are called by their mail address before anything else', () => {
  const named = { sub: '1', name: 'Ana', email: 'ana@acme.example', groups: ['admins'] };
  expect(personOf(named, RULES)?.name).toBe('ana@acme.example');
  expect(saysEnough(named, RULES.slice(0, 1))).toBe(true);
  expect(saysEnough({ sub: '1', groups: ['admins'] }, RULES.slice(0, 1))).toBe(false);
  expect(saysEnough(named, RULES)).toBe(false);
});
