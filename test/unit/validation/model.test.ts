/**
 * The lifecycle against a model of it: whatever owners, operators, providers, vehicles and crashes do in whatever order, a tracker is
 * where the table says, its history explains every step, and no validation is ever lost.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findGatewayError } from '#errors/gateway-error';
import { PROVIDERS, type ProviderName, type ValidationStatus } from '#model/tracker';
import { EVIDENCE_RULES } from '../../../src/lifecycle/rules.ts';
import { TRIP_RULES } from '../../../src/lifecycle/trips.ts';
import { movesOf, type Trigger } from '../../../src/lifecycle/transitions.ts';
import { FAILURES, type ProviderAdapter, type Standing, type Verdict } from '../../../src/providers/adapter.ts';
import { providerTable } from '../../../src/providers/table.ts';
import { StoredBook } from '../../../src/store/book.ts';
import { cancelTracker, updateTracker } from '../../../src/store/change.ts';
import { registerTracker } from '../../../src/store/register.ts';
import { aMessage, anOutcome, T0 } from '../../../src/store/samples.ts';
import { openSqliteStore, type SqliteStore } from '../../../src/store/sqlite/store.ts';
import { newValidation, VALIDATIONS, type Validation } from '../../../src/validation/document.ts';
import { ValidationRunner } from '../../../src/validation/runner.ts';
import { REPORTED_ANSWERS, type ReportedAnswer } from '../../../src/validation/answers.ts';
import { reportAnswer, startValidation } from '../../../src/validation/start.ts';

const TABLE = providerTable();
const HOUR_MS = 3_600_000;
const YEAR_MS = 8_760 * HOUR_MS;

/** Two ids that are right at each provider. */
const IDS: Readonly<Record<ProviderName, { type: string; ids: readonly [string, string] }>> = {
  'mercedes-benz': { type: 'oem', ids: ['WF0AXXWPMAJB43745', 'WF0AXXWPMAJB43746'] },
  bmw: { type: 'oem', ids: ['WF0AXXWPMAJB43745', 'WF0AXXWPMAJB43746'] },
  targa: { type: 'canbus', ids: ['352093081452251', '356307042441013'] },
  astrata: { type: 'obd', ids: ['352093081452251', '356307042441013'] },
  cartrack: { type: 'canbus', ids: ['6666KKK', '7777KKK'] },
  silence: { type: 'oem', ids: ['352093081452251', '356307042441013'] },
  stellantis: { type: 'oem', ids: ['WF0AXXWPMAJB43745', 'WF0AXXWPMAJB43746'] },
  html5: { type: 'oem', ids: ['one', 'other'] },
};
/** How the end of a granted right is told where a cloud tells it. */
const ENDED: Partial<Record<ProviderName, 'access_revoked' | 'access_refused'>> = {
  bmw: 'access_revoked',
  'mercedes-benz': 'access_refused',
};

/** What should be the case. */
interface Model {
  status: ValidationStatus;
  /** Changes of status so far. */
  changes: number;
  /** Metres driven since the last validation; `null` before the first usable fix. */
  metres: number | null;
  /** A wish whose process died before it moved the tracker: how many changes there were then. */
  crashedAt: number | null;
  /** The provider is still asked whether what it granted stands. */
  watched: boolean;
}

/** What is the case: a registry, a book, and two gateways' runners before a provider that says what it is told to. */
class World {
  readonly store: SqliteStore = openSqliteStore(':memory:');
  readonly provider: ProviderName;
  readonly runners: readonly [ValidationRunner, ValidationRunner];
  verdict: Verdict = { kind: 'wait', for: 'word', retryAt: null };
  standing: Standing = { kind: 'stands' };
  oid = '';
  now = T0;
  #book: StoredBook | null = null;
  #seq = 0;

  constructor(provider: ProviderName) {
    this.provider = provider;
    this.runners = [this.#runner(), this.#runner()];
  }

  get services() {
    return { registry: this.store, documents: this.store.documents, clock: () => this.now };
  }

  get tracker() {
    const tracker = this.store.trackerByOid(this.oid);
    if (tracker === null) throw new Error('the tracker is gone');
    return tracker;
  }

  get document() {
    return this.store.documents.document<Validation>(VALIDATIONS, this.oid);
  }

  async begin(): Promise<void> {
    const { type, ids } = IDS[this.provider];
    const request = { provider: this.provider, type, trackerId: ids[0] };
    this.oid = (await registerTracker(this.store, TABLE, request, () => this.now, 'acme', 'later')).tracker.oid;
    await this.restart();
  }

  /** Another life of the gateway reads its book anew. */
  async restart(): Promise<void> {
    const rules = { providers: TABLE, evidence: EVIDENCE_RULES, consents: { services: {} }, trips: TRIP_RULES };
    this.#book = new StoredBook({ store: this.store, ...rules, spoolId: 'ab12', unregisteredIdents: 9 });
    await this.#book.catchUp();
  }

  /** Fixes so many metres apart, an hour after all before, so that no step joins them to those. */
  async drive(fixes: number, stepM: number): Promise<void> {
    this.now += 2 * HOUR_MS;
    const seconds = (this.now - T0) / 1_000;
    const messages = Array.from({ length: fixes }, (_, i) => aMessage(seconds + i * 5, i * stepM));
    this.now += fixes * 5_000;
    await this.#take(messages.map((message) => ({ ...message, receivedAt: this.now })));
  }

  async sendWrongFixes(): Promise<void> {
    this.now += HOUR_MS;
    const seconds = (this.now - T0) / 1_000;
    const messages = Array.from({ length: 20 }, (_, i) => {
      const message = aMessage(seconds + i, i);
      const position =
        message.position === null ? null : { ...message.position, lat: 0, lon: 0, distrust: 'null_island' as const };
      return { ...message, position, receivedAt: this.now + 20_000 };
    });
    this.now += 20_000;
    await this.#take(messages);
  }

  /** Both gateways take what is due, one after the other or at once. */
  async step(atOnce: boolean): Promise<void> {
    this.now += 2 * HOUR_MS;
    const [one, other] = this.runners;
    await one.tick();
    if (!atOnce) await one.idle();
    await other.tick();
    await Promise.all([one.idle(), other.idle()]);
  }

  async #take(messages: ReturnType<typeof aMessage>[]): Promise<void> {
    const ident = this.tracker.trackerId;
    const outcome = anOutcome(++this.#seq, messages, { ident });
    const record = { ...outcome.record, protocol: TABLE[this.provider].protocols[0] ?? '', ident, receivedAt: this.now };
    this.#book?.apply({ ...outcome, record });
    await this.#book?.commit();
  }

  #runner(): ValidationRunner {
    const adapter: ProviderAdapter = {
      credentialFields: null,
      validate: () => Promise.resolve(this.verdict),
      standing: () => Promise.resolve(this.standing),
    };
    const adapters = Object.fromEntries(PROVIDERS.map((name) => [name, adapter])) as Record<ProviderName, ProviderAdapter>;
    return new ValidationRunner({
      registry: this.store,
      documents: this.store.documents,
      providers: TABLE,
      adapters,
      settingsOf: () => ({
        url: null,
        tokenUrl: null,
        allowedHosts: [],
        services: [],
        pollMs: 1_000,
        odometerToleranceKm: 1,
        odometerMaxAgeMs: 1,
      }),
      connect: () => () => () => Promise.resolve({ trouble: 'nobody is asked here' }),
      credentialsOf: () => Promise.resolve(null),
      callbackUrl: () => Promise.resolve(null),
      odometerOf: () => Promise.resolve(null),
      clock: () => this.now,
      random: () => 0.5,
      rules: { leaseMs: 60_000, giveUpMs: 100 * YEAR_MS, watchMs: HOUR_MS, inFlight: 4, sweepMs: 10 * HOUR_MS },
      onStep: () => undefined,
      onTrouble: (error) => {
        throw error;
      },
    });
  }
}

abstract class Step implements fc.AsyncCommand<Model, World> {
  abstract act(model: Model, world: World): Promise<void>;
  abstract toString(): string;

  check(): boolean {
    return true;
  }

  async run(model: Model, world: World): Promise<void> {
    world.now++;
    await this.act(model, world);
    expectExplained(model, world);
  }
}

function target({ status }: Model, { provider }: World, trigger: Trigger): ValidationStatus | null {
  return movesOf(provider).find((m) => m.from === status && m.trigger === trigger)?.to ?? null;
}

function goTo(model: Model, status: ValidationStatus): void {
  if (status === 'pending_for_data' && model.status !== 'error_data') model.metres = null;
  if (status === 'pending_validation') model.watched = false;
  model.status = status;
  model.changes++;
}

/** Does what is allowed or not, and gives the status after it; the refusal must be the one of the table. */
async function attempt(model: Model, to: ValidationStatus | null, work: () => Promise<unknown>): Promise<void> {
  const code = await work().then(
    () => null,
    (error: unknown) => findGatewayError(error)?.code ?? String(error),
  );
  expect(code).toBe(to === null ? 'lifecycle_illegal_transition' : null);
  if (to !== null) goTo(model, to);
}

class Validate extends Step {
  async act(model: Model, world: World): Promise<void> {
    const to = target(model, world, 'validate');
    await attempt(model, to, () => startValidation(world.services, world.oid, { odoKm: 1, by: 'the owner' }));
    if (to !== null) model.crashedAt = null;
  }
  toString = () => 'validate';
}

/** The process of a start dies between its two writes. */
class CrashedStart extends Step {
  async act(model: Model, world: World): Promise<void> {
    if (target(model, world, 'validate') === null) return;
    const { store, oid, now } = world;
    const body = newValidation({ phase: 'starting', startedAt: now, by: 'the owner', odoKm: 1 });
    const before = world.document;
    const written = { id: oid, companyId: 'acme', uniqueKey: null, dueAt: now, body };
    if (before === null) store.documents.insert(VALIDATIONS, written);
    else store.documents.replace(VALIDATIONS, { ...written, revision: before.revision });
    model.crashedAt = model.changes;
    model.watched = false;
  }
  toString = () => 'crash while starting';
}

class ProviderSays extends Step {
  readonly #verdict: Verdict;
  readonly #atOnce: boolean;
  constructor(verdict: Verdict, atOnce: boolean) {
    super();
    this.#verdict = verdict;
    this.#atOnce = atOnce;
  }
  async act(model: Model, world: World): Promise<void> {
    world.verdict = this.#verdict;
    world.standing = { kind: 'stands' };
    await world.step(this.#atOnce);
    if (model.crashedAt === model.changes && target(model, world, 'validate') !== null) goTo(model, 'pending_validation');
    model.crashedAt = null;
    if (model.status !== 'pending_validation' || this.#verdict.kind === 'wait') return;
    if (this.#verdict.kind === 'validated') {
      goTo(model, 'pending_for_data');
      model.watched = this.#verdict.watch === true;
      return;
    }
    goTo(model, target(model, world, this.#verdict.trigger) ?? 'error_validating');
  }
  toString = () => `the provider says ${JSON.stringify(this.#verdict)}${this.#atOnce ? ' to both' : ''}`;
}

class RightEnds extends Step {
  async act(model: Model, world: World): Promise<void> {
    const trigger = ENDED[world.provider];
    world.verdict = { kind: 'wait', for: 'word', retryAt: null };
    world.standing = trigger === undefined ? { kind: 'stands' } : { kind: 'ended', trigger, cause: 'the owner took it back' };
    await world.step(false);
    if (model.crashedAt === model.changes && target(model, world, 'validate') !== null) goTo(model, 'pending_validation');
    model.crashedAt = null;
    const to = trigger === undefined ? null : target(model, world, trigger);
    const isLooked = model.watched && ['pending_for_data', 'error_data', 'connected'].includes(model.status);
    if (isLooked && to !== null) goTo(model, to);
    if (!['pending_for_data', 'error_data', 'connected'].includes(model.status)) model.watched = false;
  }
  toString = () => 'what was granted is withdrawn';
}

class OperatorSays extends Step {
  readonly #answer: ReportedAnswer;
  constructor(answer: ReportedAnswer) {
    super();
    this.#answer = answer;
  }
  async act(model: Model, world: World): Promise<void> {
    const to = target(model, world, REPORTED_ANSWERS[this.#answer]);
    await attempt(model, to, () => reportAnswer(world.services, world.oid, this.#answer, 'said so'));
  }
  toString = () => `the operator says ${this.#answer}`;
}

class Cancel extends Step {
  async act(model: Model, world: World): Promise<void> {
    await attempt(model, target(model, world, 'cancel'), () => cancelTracker(world.store, world.oid, 'sold', () => world.now));
  }
  toString = () => 'cancel';
}

class CorrectId extends Step {
  async act(model: Model, world: World): Promise<void> {
    const { ids } = IDS[world.provider];
    const trackerId = world.tracker.trackerId === ids[0] ? ids[1] : ids[0];
    const code = await updateTracker(world.store, TABLE, world.oid, { trackerId }, () => world.now).then(
      () => null,
      (error: unknown) => findGatewayError(error)?.code,
    );
    const may = model.status === 'pending' || model.status === 'wrong_tracker_id';
    // oxlint-disable-next-line vitest/no-standalone-expect -- a step of the model, which runs inside the test
    expect(code).toBe(may ? null : 'tracker_invalid');
    if (model.status === 'wrong_tracker_id') goTo(model, 'pending');
  }
  toString = () => 'correct the id';
}

class Drive extends Step {
  readonly #fixes: number;
  constructor(fixes: number) {
    super();
    this.#fixes = fixes;
  }
  async act(model: Model, world: World): Promise<void> {
    await world.drive(this.#fixes, 50);
    if (model.status !== 'pending_for_data' && model.status !== 'error_data') return;
    if (model.status === 'error_data') goTo(model, 'pending_for_data');
    model.metres = (model.metres ?? 0) + (this.#fixes - 1) * 50;
    if (model.metres > 500) goTo(model, 'connected');
  }
  toString = () => `drive ${(this.#fixes - 1) * 50} m`;
}

class WrongFixes extends Step {
  async act(model: Model, world: World): Promise<void> {
    await world.sendWrongFixes();
    if (model.status === 'pending_for_data' && model.metres === null) goTo(model, 'error_data');
  }
  toString = () => 'wrong fixes';
}

class Restart extends Step {
  async act(_model: Model, world: World): Promise<void> {
    await world.restart();
  }
  toString = () => 'restart';
}

/** The tracker is where the model has it, and its history leads there by moves of the table alone. */
function expectExplained(model: Model, world: World): void {
  const { tracker, store, oid, provider } = world;
  expect(tracker.status).toBe(model.status);
  const history = store.transitionsOf(oid);
  expect(history).toHaveLength(model.changes + 1);
  const moves = movesOf(provider);
  for (const [i, { from, to, trigger, cause, number, at }] of history.entries()) {
    const before = history[i - 1];
    expect(from).toBe(before?.to ?? null);
    expect(number).toBeGreaterThan(before?.number ?? 0);
    expect(moves).toContainEqual({ trigger, from, to });
    expect(cause).not.toBe('');
    expect(at).toBeGreaterThanOrEqual(before?.at ?? 0);
  }
  expect(history.at(-1)).toMatchObject({ to: tracker.status, at: tracker.statusAt });
  if (tracker.status === 'pending_validation') expect(world.document).not.toBeNull();
}

const verdicts: fc.Arbitrary<Verdict> = fc.oneof(
  fc.constant<Verdict>({ kind: 'wait', for: 'word', retryAt: null }),
  fc.boolean().map((watch): Verdict => ({ kind: 'validated', cause: 'it is theirs', ...(watch ? { watch: true } : {}) })),
  fc.constantFrom(...FAILURES).map((trigger): Verdict => ({ kind: 'failed', trigger, cause: 'it is not' })),
);
const steps = [
  fc.constant(new Validate()),
  fc.constant(new Validate()),
  fc.tuple(verdicts, fc.boolean()).map(([verdict, atOnce]) => new ProviderSays(verdict, atOnce)),
  fc.tuple(verdicts, fc.boolean()).map(([verdict, atOnce]) => new ProviderSays(verdict, atOnce)),
  fc.constantFrom(...(Object.keys(REPORTED_ANSWERS) as ReportedAnswer[])).map((answer) => new OperatorSays(answer)),
  fc.constantFrom(4, 12).map((fixes) => new Drive(fixes)),
  fc.constant(new WrongFixes()),
  fc.constant(new CorrectId()),
  fc.constant(new CrashedStart()),
  fc.constant(new RightEnds()),
  fc.constant(new Restart()),
  fc.constant(new Cancel()),
];

describe.each(PROVIDERS)('a tracker of %s', (provider) => {
  test('is where the table says, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(steps, { maxCommands: 40 }), async (commands) => {
        const world = new World(provider);
        await world.begin();
        const model: Model = { status: 'pending', changes: 0, metres: null, crashedAt: null, watched: false };
        try {
          await fc.asyncModelRun(() => ({ model, real: world }), commands);
        } finally {
          world.store.close();
        }
      }),
      { numRuns: 40 },
    );
  });
});
