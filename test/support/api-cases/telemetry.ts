import { PassThrough } from 'node:stream';
import { expect } from 'vitest';
import type { RouteCases, World } from './route-case.ts';
import { aTracker } from './things.ts';

const nowhere = { params: { oid: 'nowhere' } };

/** A tracker, and a ClickHouse that has nothing of it. */
async function silent(world: World) {
  world.api.rows = { rows: () => Promise.resolve([]) };
  return { params: { oid: await aTracker(world) } };
}

/** A tracker, and no ClickHouse. */
async function away(world: World) {
  world.api.rows = null;
  return { params: { oid: await aTracker(world) } };
}

const one: RouteCases[string] = {
  request: silent,
  status: 200,
  tenancy: 'TrackerNotFound',
  errors: { TrackerNotFound: () => nowhere, TelemetryAway: away },
};

const EVERYTHING = { oids: null, events: new Set(['position', 'transition'] as const) };

/** A company with as many streams as it may have. */
function streaming({ api, companyId }: World) {
  const { stream } = api.services;
  try {
    for (;;) {
      stream.admit(companyId);
      stream.open({ companyId, keyId: '' }, EVERYTHING, null, new PassThrough());
    }
  } catch (error) {
    expect(error).toMatchObject({ code: 'stream_limit' });
  }
  return {};
}

/** Whoever runs the gateway, and a ClickHouse that has nothing, or none. */
function operator(world: World, isAway = false) {
  world.api.rows = isAway ? null : { rows: () => Promise.resolve([]) };
  return { query: '?kind=ident&since=1h', key: world.operatorKey };
}

export const TELEMETRY_CASES: RouteCases = {
  'GET /v1/census': {
    request: operator,
    status: 200,
    tenancy: "nobody's",
    errors: { TelemetryAway: (world) => operator(world, true) },
  },
  'GET /v1/telemetry/:oid/latest': one,
  'GET /v1/telemetry/:oid/history': one,
  // Each is told of its own trackers; `test/flow/stream.test.ts` sees that.
  'GET /v1/stream': {
    request: () => ({}),
    status: 200,
    tenancy: ({ status }) => expect(status).toBe(200),
    errors: { StreamMaxNumber: streaming },
  },
  // The catalogue is the same for everybody.
  'GET /v1/signals': { request: () => ({}), status: 200, tenancy: ({ status }) => expect(status).toBe(200) },
};
