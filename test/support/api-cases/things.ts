/** Makes things of a company through the API, as its owner would. */
import { withLuhnDigit } from '#model/ident';
import type { HTTPMethods } from 'fastify';
import type { World } from './route-case.ts';

/** What a request of the company's key has made. */
export async function made(world: World, method: HTTPMethods, url: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await world.api.ask(method, url, { key: world.key, body });
  if (answer.status >= 300) throw new Error(`${method} ${url}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** An IMEI that nobody had before. */
export function newImei(world: World): string {
  return withLuhnDigit(`35963210${String(world.fresh()).padStart(6, '0')}`);
}

/** A VIN that nobody had before. */
export function newVin(world: World): string {
  return `WF0AXXWPMAJ${String(world.fresh()).padStart(6, '0')}`;
}

/** A registration that nothing is wrong with. */
export function aRegistration(world: World): Record<string, unknown> {
  return {
    tracker_id: newImei(world),
    provider: 'targa',
    type: 'canbus',
    vehicle_type: 'car',
    object_id: { license_plate: '6666KKK', make: 'Honda', model: 'Civic' },
  };
}

/** Registers a tracker and gives its oid. */
export async function aTracker(world: World, fields: Record<string, unknown> = {}): Promise<string> {
  return (await made(world, 'POST', '/v1/trackers/register', { ...aRegistration(world), ...fields }))['oid'] as string;
}

export async function aGroup(world: World): Promise<string> {
  return (await made(world, 'POST', '/v1/groups', { slug: `g${world.fresh()}`, name: 'North' }))['id'] as string;
}

export async function aCredential(world: World, token = SECRET): Promise<string> {
  const body = { provider: 'cartrack', credentials: { username: 'FLEET00123', token } };
  return (await made(world, 'POST', '/v1/credentials/register', body))['id'] as string;
}

/** Must never come out of the API. */
export const SECRET = 'the-secret-of-the-fleet';

export async function aKey(world: World): Promise<{ id: string; secret: string }> {
  const { key, secret } = (await made(world, 'POST', '/v1/api-keys', { name: 'spare' })) as {
    key: { id: string };
    secret: string;
  };
  return { id: key.id, secret };
}

/** The beginning of a PDF, which is all that is looked at. */
export const PDF = new TextEncoder().encode('%PDF-1.7\n%fake\n');

/** Uploads a registration document for a tracker. */
export async function aPaper(world: World, oid: string): Promise<void> {
  const headers = { 'content-type': 'application/pdf' };
  await world.api.ask('PUT', `/v1/trackers/${oid}/registration-document`, { key: world.key, body: PDF, headers });
}
