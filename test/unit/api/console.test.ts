/** How the console is served: by whom it may be framed and what it may load, what browsers keep, and where `/` leads. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consoleHeaders } from '../../../src/console/headers.ts';
import { TestApi } from '../../support/api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.open();
});
afterAll(() => api.close());

const get = (url: string, headers: Readonly<Record<string, string>> = {}) => api.app.inject({ method: 'GET', url, headers });

test('whoever opens the port with a browser comes to the console, below whatever path a proxy has put it', async () => {
  expect((await get('/')).headers.location).toBe('console/');
  expect((await get('/console')).headers.location).toBe('console/');
});

test('the page is there, built or not, needs no key, and may do little', async () => {
  const { statusCode, headers, body } = await get('/console/');
  expect(statusCode).toBe(200);
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(headers['cache-control']).toBe('no-cache');
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['referrer-policy']).toBe('no-referrer');
  const policy = String(headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  // Nothing in the page itself runs, and nothing comes from elsewhere.
  expect(body).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|https?:\/\//);
  const again = await get('/console/', { 'if-none-match': String(headers.etag) });
  expect([again.statusCode, again.body]).toEqual([304, '']);
});

test('a file that is not there is said to be so, and none outside of the folder is given', async () => {
  for (const name of ['assets/none.js', '..%2F..%2Fpackage.json', '%2e%2e/%2e%2e/package.json', '.made-of']) {
    expect((await get(`/console/${name}`)).statusCode).toBe(404);
  }
});

test('tiles from elsewhere add their origin, and no more', () => {
  const withTiles = consoleHeaders('https://tiles.example:8443/v1/{z}/{x}/{y}.png')['content-security-policy'] ?? '';
  const without = consoleHeaders(undefined)['content-security-policy'] ?? '';
  expect(withTiles.replaceAll(' https://tiles.example:8443', '')).toBe(without);
  expect(withTiles.match(/https:/g)).toHaveLength(2);
});

test('a caller is told whose its key is', async () => {
  expect((await api.ask('GET', '/v1/caller', { key: await api.keyOf('acme', 'read') })).body).toMatchObject({
    role: 'read',
    company: { oid: 'acme', name: 'acme' },
  });
  expect((await api.ask('GET', '/v1/caller', { key: await api.keyOf('', 'operator') })).body).toMatchObject({
    role: 'operator',
    company: null,
  });
});
