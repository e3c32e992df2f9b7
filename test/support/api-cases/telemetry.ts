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

const FRAME = '00000000000000ab-7';

/** A tracker, and a ClickHouse that has a frame of it. */
async function oneFrame(world: World) {
  const oid = await aTracker(world);
  const row = {
    name: '352093081452251',
    received_ms: '1768000000000',
    spool: String(0xab),
    seq: '7',
    protocol: 'teltonika',
    dialect: '',
    transport: 'tcp',
    listener: 'main',
    peer: '203.0.113.9:40122',
    session_id: '0123456789abcdef',
    outcome: 'stored',
    fault: '',
    said: 1,
    bytes: '4',
    head: '000f3335',
    hex: '000f3335',
  };
  world.api.rows = { rows: <Row>(sql: string) => Promise.resolve((sql.includes('AS hex') ? [row] : []) as Row[]) };
  return { params: { oid, frame: FRAME } };
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
  'GET /v1/telemetry/:oid/track': one,
  'GET /v1/telemetry/:oid/trips': one,
  'GET /v1/telemetry/:oid/events': one,
  'GET /v1/telemetry/:oid/frames': one,
  'GET /v1/telemetry/:oid/series': {
    ...one,
    request: async (world) => ({ ...(await silent(world)), query: '?signals=fuel.level' }),
    errors: {
      TrackerNotFound: () => ({ ...nowhere, query: '?signals=fuel.level' }),
      TelemetryAway: async (world) => ({ ...(await away(world)), query: '?signals=fuel.level' }),
    },
  },
  'GET /v1/telemetry/:oid/frames/:frame': {
    request: oneFrame,
    status: 200,
    tenancy: 'TrackerNotFound',
    errors: {
      TrackerNotFound: () => ({ params: { oid: 'nowhere', frame: FRAME } }),
      FrameNotFound: async (world) => ({ params: { ...(await silent(world)).params, frame: FRAME } }),
      TelemetryAway: async (world) => ({ params: { ...(await away(world)).params, frame: FRAME } }),
    },
  },
  // Bytes are whose they are: nothing is looked up.
  'POST /v1/dissect': {
    request: () => ({ body: { hex: '0a0a00ff' } }),
    status: 200,
    tenancy: ({ status }) => expect(status).toBe(200),
  },
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
