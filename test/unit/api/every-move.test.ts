/** Every move of every provider's table, made through the API: by its owner, by the operator, by the provider and by the vehicle's data. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CODECS } from '#protocols/all';
import { withLuhnDigit } from '#model/ident';
import { PROVIDERS, type ProviderName, type ValidationStatus } from '#model/tracker';
import { validationRunner } from '../../../src/app-validation.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { EVIDENCE_RULES } from '../../../src/lifecycle/rules.ts';
import { movesOf, type Move, type Trigger } from '../../../src/lifecycle/transitions.ts';
import { TRIP_RULES } from '../../../src/lifecycle/trips.ts';
import { createLogger } from '../../../src/observe/logger.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { CREDENTIAL_FIELDS } from '../../../src/providers/credentials.ts';
import { providerTable } from '../../../src/providers/table.ts';
import { SealedBox } from '../../../src/secrets/sealed-box.ts';
import { CloudServer } from '../../../src/simulate/clouds/cloud-server.ts';
import { StoredBook } from '../../../src/store/book.ts';
import { aMessage, anOutcome, T0 } from '../../../src/store/samples.ts';
import { REPORTED_ANSWERS, type ReportedAnswer } from '../../../src/validation/answers.ts';
import type { ValidationRunner } from '../../../src/validation/runner.ts';
import { TestApi } from '../../support/api.ts';
import { flagsOf } from '../../support/validation-bench.ts';

const TABLE = providerTable();

/** Right ids in any number. */
const IDS: Readonly<Record<ProviderName, (n: number) => string>> = {
  'mercedes-benz': vin,
  bmw: vin,
  targa: vin,
  astrata: imei,
  cartrack: (n) => `${1_000 + n} KKK`,
  silence: (n) => `S02-${100_000 + n}`,
  stellantis: vin,
  html5: (n) => `page ${n}`,
};

function vin(n: number): string {
  return `WF0AXXWPMAJ${String(100_000 + n)}`;
}

function imei(n: number): string {
  return withLuhnDigit(`3520930814${String(1_000 + n)}`);
}

let api: TestApi;
let runner: ValidationRunner;
/** Refuses every account. */
let cloud: CloudServer;
let book: StoredBook;
let key = '';
let operatorKey = '';
let count = 0;
let seq = 0;

beforeAll(async () => {
  api = await TestApi.open();
  key = await api.keyOf('acme');
  operatorKey = await api.keyOf('', 'operator');
  cloud = await CloudServer.start(() => ({ status: 401, body: {} }));
  const own = { url: cloud.url };
  const flags = flagsOf({
    providers: {
      'mercedes-benz': { api: { ...own, tokenUrl: `${cloud.url}/token` } },
      bmw: { api: own },
      cartrack: { api: own },
      silence: { api: own },
      stellantis: { api: own },
    },
  });
  const { config } = loadConfig({ flags, environment: {}, known: { protocols: [...CODECS.keys()] } });
  const { store, services } = api;
  runner = validationRunner(
    {
      config,
      logger: createLogger({ level: 'silent', format: 'json' }),
      metrics: new Metrics('0'),
      version: '0',
      registry: store,
      documents: store.documents,
      credentialsOf: (company, provider) => services.credentials.of(company, provider),
      odometerOf: () => Promise.resolve(null),
      endpoints: services.push.endpoints,
      secrets: new SealedBox([new Uint8Array(32)]),
      now: services.now,
    },
    new AbortController().signal,
  );
  book = new StoredBook({
    store,
    providers: TABLE,
    evidence: EVIDENCE_RULES,
    consents: { services: {} },
    trips: TRIP_RULES,
    spoolId: 'ab12',
    unregisteredIdents: 9,
  });
  await book.catchUp();
  for (const [provider, { required }] of Object.entries(CREDENTIAL_FIELDS)) {
    const credentials = Object.fromEntries(required.map((field) => [field, 'old']));
    const { status } = await ask('/v1/credentials/register', { provider, credentials });
    if (status !== 201) throw new Error(`an account at ${provider} is answered ${status}`);
  }
});

afterAll(async () => {
  await cloud.close();
  await api.close();
});

const ask = (url: string, body: unknown, by = key) => api.ask('POST', url, { key: by, body });

const isOk = async (answer: Promise<{ status: number }>): Promise<boolean> => (await answer).status < 300;

/** A tracker on its way through the table. */
class Walker {
  readonly provider: ProviderName;
  readonly #trackerId: string;
  oid = '';

  constructor(provider: ProviderName) {
    this.provider = provider;
    this.#trackerId = IDS[provider](++count);
  }

  async make({ trigger }: Move): Promise<void> {
    api.laterMs += 1_000;
    if (!(await this.#work(trigger)())) throw new Error(`${trigger} of ${this.#trackerId} is refused`);
  }

  /** How a move is made; true where the API took it. */
  #work(trigger: Trigger): () => Promise<boolean> {
    const answer = (Object.keys(REPORTED_ANSWERS) as ReportedAnswer[]).find((each) => REPORTED_ANSWERS[each] === trigger);
    if (answer !== undefined)
      return () => isOk(ask(`/v1/trackers/${this.oid}/clearance`, { answer, reason: 'said so' }, operatorKey));
    const work = WORK[trigger];
    if (work === undefined) throw new Error(`nobody can make the move ${trigger}`);
    return () => work(this);
  }

  async register(): Promise<boolean> {
    const { provider } = this;
    const body = { tracker_id: this.#trackerId, provider, type: TABLE[provider].types[0], odo_value: 1_000 };
    const registered = await ask('/v1/trackers/register', body);
    this.oid = String(registered.body['oid']);
    return registered.status === 201;
  }

  /** The provider's cloud answers. Trackers of tests before this one are worked off, too, and a few at a time. */
  async beAnswered(): Promise<boolean> {
    for (let steps = 0; steps < 100; steps++) {
      await runner.tick();
      await runner.idle();
      const { body } = await api.ask('GET', `/v1/trackers/${this.oid}`, { key });
      if (body['validation_status'] !== 'pending_validation') return true;
    }
    return false;
  }

  async idNow(): Promise<string> {
    const { body } = await api.ask('GET', `/v1/trackers/${this.oid}`, { key });
    return String(body['tracker_id']);
  }

  async send(fixes: number, isWrong: boolean): Promise<boolean> {
    const receivedAt = api.services.now();
    const ident = await this.idNow();
    const seconds = (receivedAt - T0) / 1_000 - fixes * 5;
    const messages = Array.from({ length: fixes }, (_, i) => {
      const message = aMessage(seconds + i * 5, i * 50);
      const position =
        message.position === null ? null : { ...message.position, lat: 0, lon: 0, distrust: 'null_island' as const };
      return { ...message, receivedAt, ...(isWrong ? { position } : {}) };
    });
    const outcome = anOutcome(++seq, messages, { ident });
    book.apply({
      ...outcome,
      record: { ...outcome.record, receivedAt, ident, protocol: TABLE[this.provider].protocols[0] ?? '' },
    });
    await book.commit();
    return true;
  }
}

/** Who makes a move that no operator reports; true where it was taken. */
const WORK: Readonly<Partial<Record<Trigger, (walker: Walker) => Promise<boolean>>>> = {
  register: (walker) => walker.register(),
  id_corrected: ({ oid, provider }) => isOk(ask(`/v1/trackers/${oid}/update`, { tracker_id: IDS[provider](++count) })),
  validate: async (walker) =>
    isOk(ask('/v1/trackers/validate', { tracker_id: await walker.idNow(), provider: walker.provider })),
  cancel: ({ oid }) => isOk(api.ask('POST', `/v1/trackers/${oid}/cancel`, { key })),
  credentials_refused: (walker) => walker.beAnswered(),
  moved: (walker) => walker.send(12, false),
  data_right: (walker) => walker.send(1, false),
  data_wrong: (walker) => walker.send(20, true),
};

/** The shortest way from nothing to a status. */
function wayTo(provider: ProviderName, status: ValidationStatus | null): Move[] {
  const moves = movesOf(provider);
  const ways = new Map<ValidationStatus | null, Move[]>([[null, []]]);
  for (const [from, way] of ways) {
    for (const move of moves) if (move.from === from && !ways.has(move.to)) ways.set(move.to, [...way, move]);
  }
  const found = ways.get(status);
  if (found === undefined) throw new Error(`${provider} never comes to ${status}`);
  return found;
}

describe.each(PROVIDERS)('a tracker of %s', (provider) => {
  test.each(movesOf(provider).map((move) => [`${move.trigger} from ${move.from ?? 'nothing'} to ${move.to}`, move] as const))(
    'makes the move %s',
    async (_name, move) => {
      const walker = new Walker(provider);
      for (const before of wayTo(provider, move.from)) await walker.make(before);
      await walker.make(move);
      const { body } = await api.ask('GET', `/v1/trackers/${walker.oid}`, { key });
      expect(body).toMatchObject({ validation_status: move.to });
      const history = await api.ask('GET', `/v1/trackers/${walker.oid}/transitions`, { key });
      const { from, to, trigger } = move;
      expect((history.body['items'] as unknown[]).at(-1)).toMatchObject({
        from,
        to,
        trigger,
        cause: expect.stringMatching(/./),
      });
    },
  );
});
