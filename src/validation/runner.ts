/**
 * Works off validations. Each step is claimed by the revision of its document, so that of several gateways one takes it, and the claim
 * ends by itself if that one dies. A step may be taken twice; the tracker is moved once, because a move says from where.
 */
import { findGatewayError, GatewayError } from '#errors/gateway-error';
import type { Clock, EpochMs } from '#model/clocks';
import { isActive, type ProviderName, type Tracker, type ValidationStatus } from '#model/tracker';
import { needsEvidence } from '../lifecycle/evidence.ts';
import { movesOf, type Trigger } from '../lifecycle/transitions.ts';
import type {
  Account,
  Ask,
  Credentials,
  ProviderAdapter,
  ValidationContext,
  ValidationSettings,
  Verdict,
  Waiting,
} from '../providers/adapter.ts';
import { isSameId } from '../providers/answers.ts';
import type { ProviderTable } from '../providers/table.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { changeTracker, moveTracker, movedBy } from '../store/register.ts';
import { pagesOf } from '../store/tracker-pages.ts';
import type { TrackerRegistry } from '../store/tracker-store.ts';
import { claimedIdent } from './claims.ts';
import { newValidation, VALIDATIONS, type Validation, type ValidationDocument } from './document.ts';
import { pauseAfter, spread } from './pauses.ts';
import { ensureStarted } from './start.ts';
import { failureCause } from './words.ts';

/** What a step came to, for those who count. */
export type StepOutcome = 'validated' | 'failed' | 'waiting' | 'trouble' | 'ended';

export interface RunnerOptions {
  registry: TrackerRegistry;
  documents: DocumentStore;
  providers: ProviderTable;
  adapters: Readonly<Record<ProviderName, ProviderAdapter>>;
  settingsOf: (provider: ProviderName) => ValidationSettings;
  connect: (provider: ProviderName) => (account: Account) => Ask;
  credentialsOf: (companyId: string, provider: ProviderName) => Promise<Credentials | null>;
  callbackUrl: (provider: ProviderName, companyId: string) => Promise<string | null>;
  /** The odometer that the owner gave last, km; `null` where none was given. */
  odometerOf: (companyId: string, oid: string) => Promise<number | null>;
  clock: Clock;
  /** Numbers from 0 to 1. */
  random: () => number;
  rules: RunnerRules;
  onStep: (provider: ProviderName, outcome: StepOutcome) => void;
  onTrouble: (error: unknown, oid: string) => void;
}

export interface RunnerRules {
  /** How long a claim holds, ms: longer than a step can take. */
  leaseMs: number;
  /** After that long a validation has failed, ms. */
  giveUpMs: number;
  /** How often a granted right is looked at, ms. */
  watchMs: number;
  /** Steps under way at a time. */
  inFlight: number;
  /** How often trackers are looked for whose validation has got lost, ms. */
  sweepMs: number;
}

/** What nobody needs to configure. */
export const RUNNER_RULES: Pick<RunnerRules, 'inFlight' | 'sweepMs'> = {
  inFlight: 8,
  sweepMs: 600_000,
};

/** Trackers that a provider was not asked about, or is no more. */
const RESTS_ON_NOTHING: ReadonlySet<ValidationStatus> = new Set(['pending', 'wrong_tracker_id', 'disconnected']);

/** What is to become of a document after a step. */
type Next = { outcome: StepOutcome; keep: ValidationDocument } | { outcome: StepOutcome; keep: null };

export class ValidationRunner {
  readonly #options: RunnerOptions;
  readonly #steps = new Map<string, Promise<void>>();
  #ticking: Promise<void> | null = null;
  #sweepAt: EpochMs | null = null;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Begins the steps that are due, as many as may be under way; those are not waited for. Rejects where the store refuses. */
  tick(): Promise<void> {
    this.#ticking ??= this.#tick().finally(() => (this.#ticking = null));
    return this.#ticking;
  }

  /** Has trackers looked for with the next tick whose validation somebody else has begun. */
  sweepSoon(): void {
    this.#sweepAt = null;
  }

  /** Waits for the steps under way. */
  async idle(): Promise<void> {
    await this.#ticking?.catch(() => undefined);
    await Promise.all(this.#steps.values());
  }

  async #tick(): Promise<void> {
    const { documents, clock, rules } = this.#options;
    const at = clock();
    if (this.#sweepAt === null || at >= this.#sweepAt) {
      await this.#sweep();
      this.#sweepAt = at + rules.sweepMs;
    }
    if (this.#steps.size >= rules.inFlight) return;
    const due = await documents.due<Validation>(VALIDATIONS, at, rules.inFlight);
    for (const document of due.slice(0, rules.inFlight - this.#steps.size)) this.#begin(document);
  }

  #begin(document: ValidationDocument): void {
    const { id } = document;
    if (this.#steps.has(id)) return;
    const step = this.#step(document)
      .catch((error: unknown) => this.#options.onTrouble(error, id))
      .finally(() => this.#steps.delete(id));
    this.#steps.set(id, step);
  }

  /**
   * Trackers may have come to `pending_validation` by ways that leave no document: their provider has reported that their access is
   * granted again, or the registry is from a backup.
   */
  async #sweep(): Promise<void> {
    for await (const page of pagesOf(this.#options.registry, { status: 'pending_validation' })) {
      for (const tracker of page) await this.#adopt(tracker);
    }
  }

  async #adopt({ oid, companyId, statusAt: startedAt }: Tracker): Promise<void> {
    const { documents, clock, odometerOf } = this.#options;
    const found = await documents.document<Validation>(VALIDATIONS, oid);
    if (found !== null && found.body.phase !== 'watching') return;
    const odoKm = found?.body.odoKm ?? (await odometerOf(companyId, oid));
    const body = newValidation({ phase: 'running', startedAt, by: 'found without a validation', odoKm });
    const made = { id: oid, companyId, uniqueKey: null, dueAt: clock(), body };
    if (found === null) await documents.insert(VALIDATIONS, made);
    else await documents.replace(VALIDATIONS, { ...made, revision: found.revision });
  }

  async #step(document: ValidationDocument): Promise<void> {
    const { documents, clock, rules, onStep, registry } = this.#options;
    const body: Validation = { ...document.body, attempts: document.body.attempts + 1 };
    const claim = { ...document, body, dueAt: clock() + rules.leaseMs };
    if ((await documents.replace(VALIDATIONS, claim)) !== 'replaced') return;
    const mine = { ...claim, revision: document.revision + 1 };
    const tracker = await registry.trackerByOid(document.id);
    const { outcome, keep } = await this.#next(mine, tracker);
    // Where somebody has begun another validation meanwhile, both writes miss, as they should.
    if (keep === null) await documents.remove(VALIDATIONS, mine.id, mine.revision);
    else await documents.replace(VALIDATIONS, keep);
    if (tracker !== null) onStep(tracker.provider, outcome);
  }

  async #next(mine: ValidationDocument, before: Tracker | null): Promise<Next> {
    const { registry, rules, clock } = this.#options;
    const { body } = mine;
    if (before === null) return { outcome: 'ended', keep: null };
    if (before.status === 'disconnected') return this.#release(mine, before);
    if (body.phase === 'watching') return this.#watch(mine, before);
    const tracker = body.phase === 'starting' ? await this.#started(mine, before) : before;
    if (tracker.status !== 'pending_validation') return { outcome: 'ended', keep: this.#remembered(mine, tracker) };
    // Two who asked at once leave the document of one and the move of the other.
    const { statusAt: startedAt } = tracker;
    const running: Validation = { ...body, phase: 'running', startedAt };
    const claimed = await claimedIdent(registry, this.#options.providers, tracker);
    if (claimed !== null) return this.#conclude(mine, tracker, 'validation_failed', claimed, false);
    const at = clock();
    if (at - startedAt > rules.giveUpMs) {
      const cause = `nothing has come of it in ${days(rules.giveUpMs)}, it still waited for ${body.waitingFor}: validate again`;
      return this.#conclude(mine, tracker, 'validation_failed', cause, false);
    }
    return this.#ask({ ...mine, body: running }, tracker, at);
  }

  async #started({ id, body }: ValidationDocument, before: Tracker): Promise<Tracker> {
    try {
      return await ensureStarted(this.#options.registry, id, body);
    } catch (error) {
      // It cannot be validated from where it stands by now.
      if (findGatewayError(error)?.code === 'lifecycle_illegal_transition') return before;
      throw error;
    }
  }

  async #ask(mine: ValidationDocument, tracker: Tracker, at: EpochMs): Promise<Next> {
    const { adapters } = this.#options;
    let verdict: Verdict;
    try {
      verdict = await adapters[tracker.provider].validate(await this.#context(mine.body, tracker, at));
    } catch (error) {
      this.#options.onTrouble(error, mine.id);
      const words = 'an error of the gateway itself: its log says more';
      verdict = { kind: 'wait', for: 'another try', retryAt: null, answer: words };
    }
    if (verdict.kind === 'wait') return this.#wait(mine, verdict);
    if (verdict.kind === 'validated') return this.#conclude(mine, tracker, 'validated', verdict.cause, verdict.watch === true);
    return this.#conclude(mine, tracker, verdict.trigger, verdict.cause, false);
  }

  #wait(mine: ValidationDocument, verdict: Verdict & { kind: 'wait' }): Next {
    const { clock, random } = this.#options;
    const { body } = mine;
    const isTrouble = verdict.retryAt === null;
    const at = clock();
    const troubles = isTrouble ? body.troubles + 1 : 0;
    const pause = verdict.retryAt === null ? pauseAfter(troubles, random) : spread(Math.max(0, verdict.retryAt - at), random);
    const answered = verdict.answer === undefined ? {} : { lastAnswer: verdict.answer, lastAnswerAt: at };
    const kept: Validation = {
      ...body,
      ...answered,
      troubles,
      waitingFor: verdict.for,
      memory: { ...body.memory, ...verdict.memory },
    };
    return { outcome: isTrouble ? 'trouble' : 'waiting', keep: { ...mine, body: kept, dueAt: at + pause } };
  }

  /** Moves the tracker, if it is still in the very validation that came to this. */
  async #conclude(mine: ValidationDocument, before: Tracker, trigger: Trigger, words: string, watch: boolean): Promise<Next> {
    const { registry, clock } = this.#options;
    const cause = trigger === 'validation_failed' ? failureCause(before, words) : words;
    const known = movesOf(before.provider).some((m) => m.trigger === trigger && m.from === 'pending_validation');
    const at = clock();
    const after = await changeTracker(registry, mine.id, (tracker) => {
      if (tracker.status !== 'pending_validation' || tracker.statusAt !== before.statusAt) return null;
      return movedBy(tracker, { trigger: known ? trigger : 'validation_failed', cause, at });
    });
    const isValidated = after.status === 'pending_for_data';
    const keep = isValidated && watch ? this.#watched(mine) : this.#remembered(mine, after);
    return { outcome: isValidated ? 'validated' : 'failed', keep };
  }

  /** The document of a validation that has come to its end, until the next look. */
  #watched(mine: ValidationDocument): ValidationDocument {
    const { clock, rules, random } = this.#options;
    const body: Validation = { ...mine.body, phase: 'watching', troubles: 0 };
    return { ...mine, body, dueAt: clock() + spread(rules.watchMs, random) };
  }

  /** The same where something may have been asked for that is given back in the end; `null` where nothing was. */
  #remembered(mine: ValidationDocument, { provider }: Tracker): ValidationDocument | null {
    return this.#options.adapters[provider].release === undefined ? null : this.#watched(mine);
  }

  /** Gives back what was asked for at the provider, as often as it takes, unless another tracker of the vehicle needs it. */
  async #release(mine: ValidationDocument, tracker: Tracker): Promise<Next> {
    const { adapters, rules, clock, onTrouble } = this.#options;
    const adapter = adapters[tracker.provider];
    const at = clock();
    const ended: Next = { outcome: 'ended', keep: null };
    if (adapter.release === undefined || (await this.#hasSuccessor(tracker))) return ended;
    let wait: Waiting | null;
    try {
      const context = await this.#context(mine.body, tracker, at);
      wait = await adapter.release({ ...context, isLast: () => this.#isLast(tracker) });
    } catch (error) {
      onTrouble(error, mine.id);
      wait = { kind: 'wait', for: 'another try', retryAt: null, answer: 'an error of the gateway itself' };
    }
    if (wait === null) return ended;
    if (at - tracker.statusAt > rules.giveUpMs) {
      onTrouble(new GatewayError('provider_unreachable', `it keeps what was asked for: ${wait.answer}`), mine.id);
      return ended;
    }
    return this.#wait({ ...mine, body: { ...mine.body, phase: 'releasing' } }, wait);
  }

  /** Tells whether the company has registered the vehicle again. */
  async #hasSuccessor({ oid, companyId, provider, trackerId }: Tracker): Promise<boolean> {
    const called = await this.#options.registry.trackersCalled(trackerId);
    return called.some((other) => {
      const isSame = other.provider === provider && other.companyId === companyId && isSameId(other.trackerId, trackerId);
      return other.oid !== oid && isActive(other) && isSame;
    });
  }

  /** Tells whether no other tracker of the company at the provider rests on a validation. */
  async #isLast({ companyId, provider }: Tracker): Promise<boolean> {
    for await (const page of pagesOf(this.#options.registry, { companyId, provider })) {
      if (page.some(({ status }) => !RESTS_ON_NOTHING.has(status))) return false;
    }
    return true;
  }

  /** Looks whether a granted right still stands. */
  async #watch(mine: ValidationDocument, tracker: Tracker): Promise<Next> {
    const { adapters, rules, clock, random, registry } = this.#options;
    const { status, provider } = tracker;
    if (status !== 'connected' && !needsEvidence(status)) {
      const keep = this.#remembered(mine, tracker);
      return { outcome: keep === null ? 'ended' : 'waiting', keep };
    }
    const at = clock();
    const standing = await adapters[provider].standing?.(await this.#context(mine.body, tracker, at));
    if (standing?.kind === 'ended') {
      await moveTracker(registry, mine.id, standing.trigger, standing.cause, clock);
      return { outcome: 'ended', keep: this.#remembered(mine, tracker) };
    }
    return { outcome: 'waiting', keep: { ...mine, dueAt: at + spread(rules.watchMs, random) } };
  }

  async #context({ memory, odoKm }: Validation, tracker: Tracker, at: EpochMs): Promise<ValidationContext> {
    const { registry, settingsOf, connect, credentialsOf, callbackUrl } = this.#options;
    const { oid, provider, companyId, statusAt: startedAt } = tracker;
    const odometer = (await registry.evidenceOf(oid))?.odometer ?? null;
    return {
      tracker,
      startedAt,
      at,
      odoKm,
      odometer: odometer === null || odometer.receivedAt < startedAt ? null : odometer,
      credentials: await credentialsOf(companyId, provider),
      settings: settingsOf(provider),
      memory,
      connect: connect(provider),
      callbackUrl: () => callbackUrl(provider, companyId),
    };
  }
}

function days(ms: number): string {
  return ms >= 86_400_000 ? `${Math.round(ms / 86_400_000)} days` : `${Math.round(ms / 1_000)} s`;
}
