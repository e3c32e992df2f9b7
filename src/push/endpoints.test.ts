import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SealedBox } from '../secrets/sealed-box.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { PushEndpoints } from './endpoints.ts';

/** Longer than what was found is believed. */
const LATER_MS = 150;
const secrets = new SealedBox([randomBytes(32)]);

let store: ReturnType<typeof openSqliteStore>;
let looks = 0;
let now = 1_000;
let endpoints: PushEndpoints;

beforeEach(() => {
  store = openSqliteStore(':memory:');
  looks = 0;
  now = 1_000;
  endpoints = openedOn(counted(store.documents));
});
afterEach(() => store.close());

function openedOn(documents: DocumentStore): PushEndpoints {
  return new PushEndpoints(documents, secrets, () => now);
}

/** The same documents, counting how often one is looked for by its address. */
function counted(documents: DocumentStore): DocumentStore {
  return new Proxy(documents, {
    get(target, name: keyof DocumentStore) {
      if (name === 'documentByKey') looks++;
      return (target[name] as (...given: unknown[]) => unknown).bind(target);
    },
  });
}

async function made(expiresAt: number | null = null) {
  const rule = { kind: 'bearer', secrets: ['one'] } as const;
  const { endpoint, token } = await endpoints.create({
    companyId: 'acme',
    name: 'x',
    protocol: 'cloudevents',
    rule,
    expiresAt,
  });
  return { id: endpoint.id, token };
}

describe('an endpoint', () => {
  it('is looked up once for requests that follow one another', async () => {
    const { id, token } = await made();
    for (let request = 0; request < 5; request++) expect(await endpoints.at(token)).toMatchObject({ id });
    expect(looks).toBe(1);
    expect(await endpoints.at('another')).toBe(null);
  });

  it('that has ended, has another address or asks for another proof is known to at once', async () => {
    const { id, token } = await made();
    await endpoints.at(token);
    await endpoints.update('acme', id, { rule: { kind: 'bearer', secrets: ['two'] } });
    expect(await endpoints.at(token)).toMatchObject({ rule: { secrets: ['two'] } });
    const { token: renewed } = await endpoints.rotate('acme', id, 0);
    expect(await endpoints.at(token)).toBe(null);
    expect(await endpoints.at(renewed)).toMatchObject({ id });
    await endpoints.remove('acme', id);
    expect(await endpoints.at(renewed)).toBe(null);
  });

  it('is led to by its old address for the grace time, and no longer', async () => {
    const { id, token } = await made();
    await endpoints.at(token);
    await endpoints.rotate('acme', id, 500);
    expect(await endpoints.at(token)).toMatchObject({ id });
    now += 500;
    expect(await endpoints.at(token)).toBe(null);
  });

  it('that another process has ended answers for a moment at most', async () => {
    const { id, token } = await made();
    await endpoints.at(token);
    await openedOn(store.documents).remove('acme', id);
    await pause(LATER_MS);
    expect(await endpoints.at(token)).toBe(null);
  });

  it('expires when it is said to, however lately it was found', async () => {
    const { token } = await made(2_000);
    expect(await endpoints.at(token)).not.toBe(null);
    now = 2_000;
    expect(await endpoints.at(token)).toBe(null);
  });
});
