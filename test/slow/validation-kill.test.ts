/** A gateway that is killed while it validates: no tracker is left where its history does not lead. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { movesOf } from '../../src/lifecycle/transitions.ts';
import { ClearanceCloud } from '../../src/simulate/clouds/clearance.ts';
import { CloudServer } from '../../src/simulate/clouds/cloud-server.ts';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { VALIDATIONS } from '../../src/validation/document.ts';
import { removeFolder } from '../support/remove-folder.ts';

const KILLS = 7;
const TRACKERS = 60;
const GIVE_UP_MS = 240_000;

const dataDir = mkdtempSync(join(tmpdir(), 'odograph-validation-kill-'));
afterAll(() => removeFolder(dataDir));

const vin = (n: number): string => `WBADT43452G${296_000 + n}`;

/** Owners approve two of three requests and reject the third. */
const answerOf = (of: string): 'approved' | 'rejected' => (Number(of.slice(-3)) % 3 === 0 ? 'rejected' : 'approved');

async function asked(gateway: GatewayProcess, path: string, body: object): Promise<number> {
  try {
    const key = readFileSync(join(dataDir, 'admin-key'), 'utf8').trim();
    const answer = await fetch(`http://127.0.0.1:${gateway.apiPort}${path}`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
    return answer.status;
  } catch {
    // It was killed before it could answer: what became of the request is to be seen.
    return 0;
  }
}

test(`after ${KILLS} kills at random moments every tracker has its answer once, and its history leads there`, async () => {
  const owners = new ClearanceCloud('secret');
  const cloud = await CloudServer.start((request) => {
    // Owners answer a little after they were asked.
    for (const each of owners.requested) if (Math.random() < 0.3) owners.decide(each, answerOf(each));
    return owners.handle(request);
  });
  cloud.latencyMs = 40;
  const settings = [`providers.bmw.api.url=${cloud.url}`, 'providers.bmw.api.pollMs=200ms', 'validation.claimMs=10s'];
  let gateway = await GatewayProcess.start({ dataDir, settings });
  const { port } = gateway;
  let isOver = false;
  try {
    expect(await asked(gateway, '/v1/credentials/register', { provider: 'bmw', credentials: { token: 'secret' } })).toBe(201);
    const begin = async (): Promise<void> => {
      for (let n = 0; n < TRACKERS; n++) {
        const registration = { tracker_id: vin(n), provider: 'bmw', type: 'oem' };
        while (![201, 403].includes(await asked(gateway, '/v1/trackers/register', registration))) await pause(50);
        // Refused where an earlier request was taken although its answer was lost.
        while (![200, 202, 400, 409].includes(await asked(gateway, '/v1/trackers/validate', registration))) await pause(50);
      }
      isOver = true;
    };
    const begun = begin();
    for (let kill = 0; kill < KILLS; kill++) {
      await pause(100 + Math.random() * 1_500);
      await gateway.kill();
      gateway = await GatewayProcess.start({ dataDir, port, settings });
    }
    await begun;
    expect(isOver).toBe(true);
    await examine();
  } finally {
    await gateway.stop();
    await cloud.close();
  }
});

async function examine(): Promise<void> {
  const store = openSqliteStore(join(dataDir, 'odograph.sqlite'));
  try {
    // A claim of a gateway that was killed holds for ten seconds.
    const deadline = performance.now() + GIVE_UP_MS;
    const isUnderWay = (): boolean =>
      store.trackers({ most: 1_000 }).some(({ oid, status }) => {
        const phase = store.documents.document<{ phase: string }>(VALIDATIONS, oid)?.body.phase;
        return status === 'pending_validation' || phase === 'starting' || phase === 'running';
      });
    while (isUnderWay() && performance.now() < deadline) await pause(500);
    const trackers = store.trackers({ most: 1_000 });
    expect(trackers).toHaveLength(TRACKERS);
    const moves = movesOf('bmw');
    for (const { oid, trackerId, status, statusAt } of trackers) {
      const history = store.transitionsOf(oid);
      expect(history.every(({ from }, i) => from === (history[i - 1]?.to ?? null))).toBe(true);
      for (const { trigger, from, to } of history) expect(moves).toContainEqual({ trigger, from, to });
      expect(history.at(-1)).toMatchObject({ to: status, at: statusAt });
      const expected = answerOf(trackerId) === 'approved' ? 'pending_for_data' : 'error_rejected';
      expect([trackerId, history.map(({ to }) => to)]).toEqual([trackerId, ['pending', 'pending_validation', expected]]);
      // What has come to its end leaves behind the watch over what was granted, and what was asked for.
      const left = store.documents.document<{ phase: string }>(VALIDATIONS, oid);
      expect(left?.body.phase).toBe('watching');
    }
  } finally {
    store.close();
  }
}
