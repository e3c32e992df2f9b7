/** How validations are worked off: begun durably, by one of several, and ended once. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findGatewayError } from '#errors/gateway-error';
import { PROVIDERS } from '#model/tracker';
import { movesOf } from '../../../src/lifecycle/transitions.ts';
import { cartrackCloud } from '../../../src/simulate/clouds/cartrack.ts';
import { CloudServer } from '../../../src/simulate/clouds/cloud-server.ts';
import { cancelTracker, deleteTracker, updateTracker } from '../../../src/store/change.ts';
import { providerTable } from '../../../src/providers/table.ts';
import { newValidation, VALIDATIONS, validationOf, type Validation } from '../../../src/validation/document.ts';
import { REPORTED_ANSWERS, type ReportedAnswer } from '../../../src/validation/answers.ts';
import { reportAnswer } from '../../../src/validation/start.ts';
import { moveTracker, registerTracker } from '../../../src/store/register.ts';
import { IMEI, ValidationBench, VIN } from '../../support/validation-bench.ts';

const ACCOUNT = { username: 'ACME001', token: 'secret' };

let bench: ValidationBench;
let cloud: CloudServer;
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => findGatewayError(error)?.code,
  );
const documentOf = (oid: string) => bench.store.documents.document<Validation>(VALIDATIONS, oid);
const causes = (oid: string) => bench.store.transitionsOf(oid).map(({ to, trigger }) => `${trigger} ${to}`);

beforeEach(async () => {
  const vehicles = [{ vehicle_id: 1, registration: '6666KKK', chassis_number: VIN }];
  cloud = await CloudServer.start(cartrackCloud({ ...ACCOUNT, vehicles }));
  bench = new ValidationBench({ providers: { cartrack: { api: { url: `${cloud.url}/rest` } } } });
  bench.credentials.set('cartrack', ACCOUNT);
});
afterEach(async () => {
  await bench.close();
  await cloud.close();
});

describe('the start', () => {
  test('answers at once, with the tracker in its validation and the wish in a document', async () => {
    const oid = await bench.register('targa');
    const tracker = await bench.validate(oid);
    expect(tracker).toMatchObject({ status: 'pending_validation', statusAt: bench.now });
    expect(documentOf(oid)).toMatchObject({
      dueAt: bench.now,
      companyId: 'acme',
      body: { phase: 'starting', startedAt: bench.now },
    });
    expect(bench.last(oid)).toEqual(['pending_validation', 'the owner asked for it']);
    expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
    expect(documentOf(oid)).toBeNull();
  });

  test('is refused with the reason where the table has no such move, and leaves nothing', async () => {
    const oid = await bench.begin('targa');
    await expect(bench.validate(oid)).rejects.toThrow(/is pending_validation; "validate".*\[lifecycle_illegal_transition\]/);
    await bench.finish(oid);
    await expect(bench.validate(oid)).rejects.toThrow(/is pending_for_data; .*\[lifecycle_illegal_transition\]/);
    expect(documentOf(oid)).toBeNull();
    await deleteTracker(bench.store, oid, 'sold', () => bench.now);
    await expect(bench.validate(oid)).rejects.toThrow('[tracker_unknown]');
    await expect(bench.validate('nobody')).rejects.toThrow('[tracker_unknown]');
  });

  test('whose process died before it moved the tracker is completed by the runner, at the time it was asked for', async () => {
    const oid = await bench.register('targa');
    const startedAt = ++bench.now;
    const body = newValidation({ phase: 'starting', startedAt, by: 'the owner asked for it', odoKm: null });
    bench.store.documents.insert(VALIDATIONS, { id: oid, companyId: 'acme', uniqueKey: null, dueAt: startedAt, body });
    bench.now += 60_000;
    await bench.step();
    expect(bench.store.transitionsOf(oid)).toMatchObject([
      {},
      { to: 'pending_validation', at: startedAt },
      { to: 'pending_for_data' },
    ]);
  });

  test('that comes to nothing because the tracker was cancelled before leaves no document', async () => {
    const oid = await bench.register('targa');
    const startedAt = ++bench.now;
    await cancelTracker(bench.store, oid, 'sold', () => startedAt);
    const body = newValidation({ phase: 'starting', startedAt, by: 'asked', odoKm: null });
    bench.store.documents.insert(VALIDATIONS, { id: oid, companyId: 'acme', uniqueKey: null, dueAt: startedAt, body });
    await bench.step();
    expect(bench.tracker(oid).status).toBe('disconnected');
    expect(documentOf(oid)).toBeNull();
  });

  test('of two who ask at once one is refused, and the tracker is validated once', async () => {
    const oid = await bench.register('targa');
    const asked = await Promise.allSettled([bench.validate(oid), bench.validate(oid)]);
    expect(asked.some(({ status }) => status === 'fulfilled')).toBe(true);
    await bench.finish(oid);
    expect(causes(oid)).toEqual(['register pending', 'validate pending_validation', 'validated pending_for_data']);
  });
});

describe('the work', () => {
  test('two gateways take one step between them', async () => {
    const other = bench.anotherRunner({ providers: { cartrack: { api: { url: `${cloud.url}/rest` } } } });
    const oids = [await bench.begin('cartrack')];
    cloud.latencyMs = 50;
    await Promise.all([bench.step(), bench.step(other), bench.step(), bench.step(other)]);
    for (const oid of oids) expect(causes(oid).filter((each) => each.startsWith('validated'))).toHaveLength(1);
    expect(cloud.requests).toHaveLength(1);
  });

  test('a step whose gateway dies is taken again when its claim has ended', async () => {
    const oid = await bench.begin('cartrack');
    const found = documentOf(oid);
    if (found === null) throw new Error('no document');
    // As a gateway leaves it that is killed within its step.
    bench.store.documents.replace(VALIDATIONS, { ...found, dueAt: bench.now + 120_000 });
    await bench.step();
    expect(cloud.requests).toHaveLength(0);
    bench.now += 120_000;
    await bench.step();
    expect(bench.tracker(oid).status).toBe('pending_for_data');
  });

  test('a step that ends after its tracker was cancelled, or validated anew, changes nothing', async () => {
    const oid = await bench.begin('cartrack');
    cloud.latencyMs = 100;
    cloud.plan({ status: 401 });
    await bench.runner.tick();
    // Meanwhile the operator ends the validation by hand, and the owner begins another one.
    await reportAnswer(bench.services, oid, 'failed', 'by telephone');
    await bench.validate(oid);
    await bench.runner.idle();
    expect(bench.tracker(oid).status).toBe('pending_validation');
    expect(documentOf(oid)).toMatchObject({ body: { phase: 'starting' } });
    expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
    expect(causes(oid)).toEqual([
      'register pending',
      'validate pending_validation',
      'validation_failed error_validating',
      'validate pending_validation',
      'validated pending_for_data',
    ]);
  });

  test('a cancelled tracker is asked about no more', async () => {
    const oid = await bench.begin('cartrack');
    await cancelTracker(bench.store, oid, 'sold', () => bench.now);
    await bench.step();
    expect(cloud.requests).toEqual([]);
    expect(documentOf(oid)).toBeNull();
  });

  test('a tracker whose document has got lost is found', async () => {
    const oid = await bench.register('astrata');
    await moveTracker(bench.store, oid, 'validate', 'by hand', () => bench.now);
    await bench.step();
    await bench.step();
    expect(bench.tracker(oid).status).toBe('pending_for_data');
  });

  test('an ident that an older tracker has fails the validation, which then names that tracker to its own company only', async () => {
    const mine = await bench.begin('targa');
    await bench.finish(mine);
    const request = { trackerId: 'WF0AXXWPMAJB43746', provider: 'targa', type: 'canbus', foreignTrackerId: IMEI };
    const register = async (company: string, trackerId = request.trackerId) =>
      (await registerTracker(bench.store, providerTable(), { ...request, trackerId }, () => bench.now, company, 'later'))
        .tracker.oid;
    const second = await register('acme');
    await bench.validate(second);
    await bench.finish(second);
    expect(bench.last(second)).toEqual([
      'error_validating',
      `the tracker ${IMEI} of targa, ${mine} has the foreign_tracker_id "${IMEI}" and gets its data: cancel that one or correct this one, then validate again`,
    ]);
    const foreign = await register('other', 'WF0AXXWPMAJB43747');
    await bench.validate(foreign);
    await bench.finish(foreign);
    expect(bench.last(foreign)[1]).toMatch(/^another tracker has the foreign_tracker_id/);
    await updateTracker(bench.store, providerTable(), second, { foreignTrackerId: null }, () => bench.now);
    await bench.validate(second);
    expect(await bench.finish(second)).toMatchObject({ status: 'pending_for_data' });
  });

  test('an error of our own is waited over, told as such and not lost', async () => {
    bench.credentials.get = () => {
      throw new Error('the key file is gone');
    };
    const oid = await bench.begin('cartrack');
    await bench.step();
    expect(await validationOf(bench.store.documents, oid)).toMatchObject({
      lastAnswer: 'an error of the gateway itself: its log says more',
    });
    expect(bench.tracker(oid).status).toBe('pending_validation');
  });

  test('many validations are worked off, a few at a time', async () => {
    const oids: string[] = [];
    for (let i = 0; i < 30; i++) {
      const oid = await bench.register('cartrack', `${1_000 + i}KKK`);
      await bench.validate(oid);
      oids.push(oid);
    }
    for (let i = 0; i < 10; i++) await bench.step();
    expect(oids.map((oid) => bench.tracker(oid).status)).toEqual(oids.map(() => 'wrong_tracker_id'));
  });
});

describe("the operator's word", () => {
  const expected = Object.keys(REPORTED_ANSWERS) as ReportedAnswer[];

  test.each(PROVIDERS)('moves trackers of %s as the table has it, from their validation and before it', async (provider) => {
    const moves = movesOf(provider);
    for (const status of ['pending', 'pending_validation'] as const) {
      for (const answer of expected) {
        const oid = await bench.register(provider);
        if (status === 'pending_validation') await bench.validate(oid, 1);
        const allowed = moves.find(({ from, trigger }) => from === status && trigger === REPORTED_ANSWERS[answer]);
        const before = bench.last(oid);
        const code = await codeOf(reportAnswer(bench.services, oid, answer, 'they telephoned'));
        expect(code).toBe(allowed === undefined ? 'lifecycle_illegal_transition' : null);
        const after = [allowed?.to, expect.stringMatching(`the operator reports "${answer}": they telephoned`)];
        expect(bench.last(oid)).toEqual(allowed === undefined ? before : after);
        await cancelTracker(bench.store, oid, 'next', () => bench.now);
      }
    }
    await bench.step();
  });

  test('ends what was under way', async () => {
    const oid = await bench.begin('bmw');
    await bench.step();
    expect(documentOf(oid)).not.toBeNull();
    await reportAnswer(bench.services, oid, 'approved', '');
    await bench.step();
    // What was asked for at the provider is remembered.
    expect(documentOf(oid)).toMatchObject({ body: { phase: 'watching' } });
    expect(await validationOf(bench.store.documents, oid)).toBeNull();
    expect(bench.last(oid)).toEqual(['pending_for_data', 'the operator reports "approved"']);
  });

  test('of a failure says that a hardware box is the alternative', async () => {
    const oid = await bench.begin('bmw');
    await reportAnswer(bench.services, oid, 'failed', 'no answer');
    expect(bench.last(oid)[1]).toMatch(/no answer; a hardware box is the alternative/);
  });
});

async function begun(): Promise<string> {
  const oid = await bench.register('mercedes-benz');
  await moveTracker(bench.store, oid, 'validate', 'the provider reports that the access is granted', () => ++bench.now);
  return oid;
}

describe('a validation that the provider has begun, by granting again what it had ended', () => {
  test('is found, and compared with the odometer that the owner gave last', async () => {
    const oid = await begun();
    bench.odometers.set(oid, 48_210);
    bench.runner.sweepSoon();
    await bench.step();
    expect(documentOf(oid)).toMatchObject({ body: { phase: 'running', odoKm: 48_210 } });
    await bench.hearOdometer(oid, 48_215);
    expect(await bench.finish(oid)).toMatchObject({ status: 'pending_for_data' });
  });

  test('takes the place of the watch over what was granted before', async () => {
    const oid = await begun();
    const body = newValidation({ phase: 'watching', startedAt: bench.now - 9, by: 'the owner', odoKm: 100 });
    bench.store.documents.insert(VALIDATIONS, { id: oid, companyId: 'acme', uniqueKey: null, dueAt: bench.now + 1e9, body });
    bench.runner.sweepSoon();
    await bench.step();
    expect(documentOf(oid)).toMatchObject({ body: { phase: 'running', odoKm: 100, startedAt: bench.now } });
  });
});
