import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApi, type Api } from '../../../src/api/server.ts';
import { Certificates } from '../../../src/listen/certificates.ts';
import { Authority, haveOpenssl, type IssuedFiles } from '../../support/authority.ts';
import { SETTINGS, TestApi } from '../../support/api.ts';

describe.runIf(haveOpenssl)('a cloud that proves itself by a certificate (skipped without openssl)', () => {
  const authority = new Authority();
  const stranger = new Authority();
  let api: TestApi;
  let served: Api;
  let path: string;

  beforeAll(async () => {
    api = await TestApi.open();
    const server = authority.issue('localhost');
    const files = { ...server, clientCaFile: authority.certFile, requireClientCert: false };
    const certificates = new Certificates({ ...files, onFault: () => undefined });
    served = await openApi({ settings: SETTINGS, services: api.services, version: '0', report: () => undefined, certificates });
    const body = { name: 'the cloud', protocol: 'bmw', proof: { kind: 'mtls', names: ['cloud.example'] } };
    const made = await api.ask('POST', '/v1/push-endpoints', { key: await api.keyOf('acme'), body });
    path = (made.body as { path: string }).path;
  });
  afterAll(async () => {
    await served.close();
    await api.close();
    authority.remove();
    stranger.remove();
  });

  async function push(files: IssuedFiles | null): Promise<number> {
    const own = files === null ? {} : { cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) };
    const options = {
      host: '127.0.0.1',
      port: served.port,
      path,
      method: 'POST',
      ca: readFileSync(authority.certFile),
      ...own,
    };
    const sent = request({ ...options, headers: { 'content-type': 'application/json' }, agent: false });
    sent.end('{"vin":"WBA00000000000001","data":{}}');
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode ?? 0;
  }

  test.each([
    ['of the authority, under the name', () => authority.issue('cloud.example'), 200],
    ['of the authority, under another name', () => authority.issue('other.example'), 401],
    ['of somebody else, under the name', () => stranger.issue('cloud.example'), 401],
    ['that is not there', () => null, 401],
  ])('%s', async (_, files, status) => {
    expect(await push(files())).toBe(status);
  });
});
