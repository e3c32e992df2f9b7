/** The gateway as a whole: the only file that knows every part. */
import { setTimeout as pause } from 'node:timers/promises';
import { decodersOf } from '#protocols/all';
import type { CodecRegistry } from '#protocols/registry';
import { findGatewayError } from '#errors/gateway-error';
import type { EpochMs } from '#model/clocks';
import type { SpoolSeq } from '#model/frame-record';
import type { FirstKey } from './app-api.ts';
import { openTap } from './app-capture.ts';
import { codecsOf } from './app-codecs.ts';
import type { Consenting } from './app-consent.ts';
import type { Watching } from './app-overview.ts';
import { sendCommands, type CommandSending } from './app-commands.ts';
import { exportMetrics, type GatewayParts } from './app-metrics.ts';
import { behind, runnerParts, type RunnerParts } from './app-behind.ts';
import { isEmptied } from './app-leftover.ts';
import { OTHERS_CHECK, readinessOf } from './app-readiness.ts';
import { watchedPresence } from './app-limits.ts';
import { makeBook, readStore, tendStore } from './app-store.ts';
import { acksLeft, openListeners } from './app-listeners.ts';
import type { Validating } from './app-validation.ts';
import type { GatewayOptions, ListenerServices, RunningListener } from './app-services.ts';
import { openGatewaySpool } from './app-spool.ts';
import type { Api } from './api/server.ts';
import type { PushServices } from './api/services.ts';
import { saveRefusals } from './app-ledger.ts';
import { statusOf, statusOfAll } from './app-status.ts';
import { untilStored } from './app-stored.ts';
import type { WitnessParts } from './app-witness.ts';
import type { Tap } from './capture/live/tap.ts';
import type { Admin } from './observe/admin.ts';
import { writeAdminAddress } from './observe/admin-address.ts';
import { Ledger, type Imbalance, type LedgerCheckpoint } from './observe/ledger.ts';
import { LiveFeed } from './observe/live.ts';
import { Metrics } from './observe/metrics.ts';
import { missingOf, type ReadinessCheck } from './observe/readiness.ts';
import type { GatewayStatus } from './observe/status.ts';
import { Visits } from './observe/visits.ts';
import { TrackerPaces } from './listen/pace.ts';
import type { Runner } from './pipeline/runner.ts';
import type { ClickHouse } from './sink/clickhouse/clickhouse.ts';
import type { ClickHouseSink } from './sink/clickhouse/sink.ts';
import type { PushEndpoints } from './push/endpoints.ts';
import type { RegistryServices } from './app-registry.ts';
import type { Credentials } from './registry/credentials.ts';
import type { Odometers } from './registry/odometers.ts';
import { openSealedBox } from './secrets/key-file.ts';
import type { SealedBox } from './secrets/sealed-box.ts';
import type { Presence } from './session/presence.ts';
import type { Spool } from './spool/spool.ts';
import type { StoredBook } from './store/book.ts';
import type { StreamFeed } from './stream/feed.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/store.ts';
import type { WebhookDispatcher } from './webhooks/dispatcher.ts';

/** Time for acks owed at the end: the spool syncs in milliseconds, a stuck disk never does. */
const OWED_ACKS_MS = 2_000;
/** How often silent trips are ended and registrations of other processes are brought to ClickHouse, ms. */
const TICK_MS = 5_000;

/**
 * A running gateway. Its listeners take frames as soon as spool and store are open; ClickHouse is reached in the background
 * and may be away for as long as the spool has room.
 */
export class Gateway {
  readonly ledger: Ledger;
  readonly startedAt: EpochMs;
  readonly #options: GatewayOptions;
  readonly #codecs: CodecRegistry;
  readonly #spool: Spool;
  readonly #store: Store;
  readonly #book: StoredBook;
  readonly #metrics: Metrics;
  readonly #visits = new Visits();
  readonly #live = new LiveFeed({ most: 16, waitingBytes: 2 ** 20 });
  readonly #tap: Tap;
  readonly #listeners: RunningListener[] = [];
  readonly #recoveredThrough: SpoolSeq;
  readonly #stopping = new AbortController();
  #admin: Admin | null = null;
  #api: Api | null = null;
  #push: PushServices | null = null;
  #stream: StreamFeed | null = null;
  #firstKey: FirstKey | null = null;
  #watching: Watching | null = null;
  #clickhouse: ClickHouse | null = null;
  #sink: ClickHouseSink | null = null;
  #runner: Runner | null = null;
  #pipeline: Promise<void> = Promise.resolve();
  #tick: NodeJS.Timeout | undefined;
  #untend: () => void = () => undefined;
  #commands: CommandSending | null = null;
  #validating: Validating | null = null;
  #consents: Consenting | null = null;
  #webhooks: WebhookDispatcher | null = null;
  #stopped: Promise<void> | null = null;
  readonly #sinkUp = Promise.withResolvers<void>();
  readonly #presence: Presence;
  readonly #readiness: readonly ReadinessCheck[];

  private constructor(options: GatewayOptions, codecs: CodecRegistry, metrics: Metrics, spool: Spool, store: Store) {
    this.#options = options;
    this.#codecs = codecs;
    this.#spool = spool;
    this.#store = store;
    this.#recoveredThrough = spool.committedSeq;
    const { config } = options;
    this.#book = makeBook(config, store, spool.id, metrics, options.logger);
    const checkpoint = spool.readCheckpoint();
    this.ledger = checkpoint === null ? new Ledger() : Ledger.fromCheckpoint(checkpoint.ledger as LedgerCheckpoint);
    this.#metrics = metrics;
    this.startedAt = (options.now ?? Date.now)();
    this.#tap = openTap(metrics, options.now ?? Date.now);
    metrics.pull('live_listeners', () => this.#live.listeners);
    exportMetrics(this.#metrics, this.#parts(), options.config);
    const { member } = options;
    const claimed = member === undefined ? undefined : (ident: string, at: number): void => member.claimed(ident, at);
    this.#presence = watchedPresence(metrics, options.logger, options.now ?? Date.now, claimed);
    this.#readiness = readinessOf({
      config,
      spool,
      book: this.#book,
      isStopping: () => this.#stopped !== null,
      bound: () => this.#listeners.length,
      others: () => member?.othersMissing ?? [],
    });
  }

  /**
   * Opens everything that must be there before a device may connect, and binds the ports. Rejects with the code of what is
   * missing; nothing is left open then.
   */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const { config, version } = options;
    const metrics = new Metrics(version);
    const codecs = options.codecs ?? codecsOf(config);
    const spool = await openGatewaySpool(options, metrics);
    let gateway: Gateway | null = null;
    try {
      gateway = new Gateway(options, codecs, metrics, spool, await openStore(config.store));
      await gateway.#open();
      return gateway;
    } catch (error) {
      if (gateway === null) await spool.close();
      else await gateway.stop();
      throw error;
    }
  }

  /** Ports bound, by the listener's name. */
  get ports(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#listeners.map(({ name, port }) => [name, port]));
  }

  get adminPort(): number {
    return this.#admin?.port ?? 0;
  }

  get apiPort(): number {
    return this.#api?.port ?? 0;
  }

  /** The key made by this start, because there was none. */
  get firstKey(): FirstKey | null {
    return this.#firstKey;
  }

  /** Where the ledger does not add up with what is held; always empty. */
  imbalances(): Imbalance[] {
    return this.ledger.imbalances(this.#parts().held());
  }

  /** How the gateway is now. */
  status(): Promise<GatewayStatus> {
    const { config, version, now = Date.now } = this.#options;
    const seen = { metrics: this.#metrics, visits: this.#visits, startedAt: this.startedAt };
    return statusOf({ parts: this.#parts(), ...seen, config, version, now });
  }

  /** Resolves when ClickHouse was reached for the first time. */
  get sinkUp(): Promise<void> {
    return this.#sinkUp.promise;
  }

  /** What it lacks to be ready, in words; what it answers for of other processes is left out. */
  get missing(): readonly string[] {
    return missingOf(this.#readiness.filter(({ name }) => name !== OTHERS_CHECK));
  }

  /** A device has connected to another process at a moment, and that connection takes the place of those that were here. */
  displace(ident: string, at: number): void {
    this.#presence.displace(ident, at);
  }

  /** Sees whether nothing is left here, of a gateway without listeners; lets go of what need not be kept any longer. */
  isEmpty(): Promise<boolean> {
    return isEmptied({ spool: this.#spool, book: this.#book, runner: this.#runner, consents: this.#consents });
  }

  /** Everything acknowledged so far is stored; waits for it. Rejects when `signal` aborts. */
  async drained(signal: AbortSignal): Promise<void> {
    const through = this.#spool.committedSeq;
    await untilStored(() => this.#sink, through, signal);
    await this.#runner?.settle();
  }

  /**
   * Stops in order: no new connections and no more reading, owed acks leave, what is decoded is stored within the drain time,
   * and the rest stays in the spool for the next start.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #open(): Promise<void> {
    const { config, logger } = this.#options;
    const { recovered } = this.#spool;
    if (recovered.backlogRecords > 0) logger.info(recovered, 'records of an earlier run wait to be stored');
    await readStore(this.#book, logger);
    this.#untend = tendStore(this.#book, this.#store, logger);
    const secrets = openSealedBox({ dataDir: config.dataDir, keyFile: config.secrets.keyFile });
    await this.#openListeners();
    await this.#openBehind(secrets);
    logger.info({ host: config.admin.host, port: this.adminPort }, 'admin port open');
  }

  /**
   * Opens what nobody's frames wait for, a piece at a time: to load it all at once would hold up the devices that have come meanwhile.
   */
  async #openBehind(secrets: SealedBox): Promise<void> {
    const { config, logger, version, member, now = Date.now } = this.#options;
    const seen: WitnessParts = { visits: this.#visits, spool: this.#spool, sink: () => this.#sink?.status ?? null, now };
    const { openAdminPort } = await behind(() => import('./app-admin.ts'));
    const shown = { status: () => this.status(), metrics: this.#metrics, readiness: this.#readiness, tap: this.#tap };
    const { admin, witness } = await openAdminPort({ config, logger, seen, member, ...shown, live: this.#live });
    this.#admin = admin;
    const { documents, names } = this.#store;
    const { ledger } = this;
    const metrics = this.#metrics;
    const tapped = { journal: this.#spool, ledger, metrics, logger, now, tap: this.#tap };
    const { openPush } = await behind(() => import('./app-push.ts'));
    this.#push = openPush({ settings: config.push, registry: this.#store, documents, names, secrets, ...tapped });
    const rows = () => (this.#sink === null ? null : (this.#clickhouse?.reading ?? null));
    const { dissectorOf, telemetryServices } = await behind(() => import('./app-telemetry.ts'));
    const telemetry = telemetryServices({ registry: this.#store, rows, database: config.clickhouse.database, now });
    const reading = { rows, database: config.clickhouse.database };
    const storedThrough = () => this.#sink?.storedThrough ?? null;
    const streamed = { config, spoolId: this.#spool.id, book: this.#book, documents, ...reading, storedThrough };
    const { openStream } = await behind(() => import('./app-stream.ts'));
    const { feed, desk } = openStream({ ...streamed, metrics, logger, now });
    this.#stream = feed;
    const started = () => this.#validating?.nudge();
    const consents = await this.#openConsents(secrets, () => registry);
    this.#consents = consents;
    const told = { started, consentStated: consents.stated };
    const dissector = dissectorOf(this.#codecs);
    const { watchGateway } = await behind(() => import('./app-overview.ts'));
    this.#watching = watchGateway(() => statusOfAll(this.status(), member?.others ?? []), logger);
    const { overview } = this.#watching;
    const refusing = { config, codecs: this.#codecs, store: this.#store, spool: this.#spool, metrics, secrets, now };
    const { gatewayQuarantine } = await behind(() => import('./app-quarantine.ts'));
    const quarantine = gatewayQuarantine({ ...refusing, clickhouse: () => (rows() === null ? null : this.#clickhouse) });
    const read = { telemetry, dissector, quarantine, stream: desk, overview };
    const services = { store: this.#store, secrets, witness, push: this.#push, ...read, ...told };
    const { startApi } = await behind(() => import('./app-api.ts'));
    const { api, firstKey, registry } = await startApi({
      config,
      logger,
      metrics,
      version,
      makesFirstKey: member?.isFirst ?? true,
      ...services,
      now,
    });
    this.#api = api;
    this.#firstKey = firstKey;
    writeAdminAddress(config.dataDir, { host: config.admin.host, port: admin.port, instance: admin.instance });
    const sending = { config, logger, version, metrics: this.#metrics, store: this.#store, secrets, gatewayId: this.#spool.id };
    const { sendWebhooks } = await behind(() => import('./app-webhooks.ts'));
    this.#webhooks = sendWebhooks({ ...sending, now });
    this.#validating = await this.#validate(secrets, this.#push.endpoints, registry);
    this.#pipeline = this.#runPipeline();
    consents.start();
    this.#tick = setInterval(() => void this.#keepUp(), TICK_MS);
  }

  async #openListeners(): Promise<void> {
    const { config, logger, now = Date.now } = this.#options;
    const isCaughtUp = () => this.#book.appliedThrough >= this.#recoveredThrough;
    this.#commands = sendCommands(this.#store.commands, now, isCaughtUp, logger);
    const services: ListenerServices = {
      config,
      logger,
      spoolId: this.#spool.id,
      codecs: this.#codecs,
      now,
      journal: this.#spool,
      ledger: this.ledger,
      metrics: this.#metrics,
      commands: this.#commands.desk,
      visits: this.#visits,
      paces: new TrackerPaces(),
      presence: this.#presence,
      sharesPorts: this.#options.member?.sharesPorts ?? false,
      isRegistered: (protocol, ident) => this.#book.find(protocol, ident) !== null,
      tap: this.#tap,
    };
    await openListeners(services, this.#listeners);
  }

  async #openConsents(secrets: SealedBox, registry: () => RegistryServices): Promise<Consenting> {
    const { openConsents, reachedOf } = await behind(() => import('./app-consent.ts'));
    const { logger, now = Date.now } = this.#options;
    const reached = () => reachedOf(this.#clickhouse, this.#sink, this.#runner);
    const acting = { metrics: this.#metrics, book: this.#book, decoders: decodersOf(this.#codecs), logger, now };
    return openConsents({ ...this.#parts(), ...acting, secrets, registry, reached });
  }

  async #validate(
    secrets: SealedBox,
    endpoints: PushEndpoints,
    { credentials, odometers }: RegistryServices,
  ): Promise<Validating> {
    const { startValidating } = await behind(() => import('./app-validation.ts'));
    const { config, logger, version, now = Date.now } = this.#options;
    const parts = { metrics: this.#metrics, registry: this.#store, documents: this.#store.documents, secrets, endpoints };
    const credentialsOf: Credentials['of'] = (companyId, provider) => credentials.of(companyId, provider);
    const odometerOf: Odometers['get'] = (companyId, oid) => odometers.get(companyId, oid);
    return startValidating({ config, logger, version, ...parts, credentialsOf, odometerOf, now });
  }

  /** Reaches ClickHouse, as often as it takes, and carries frames to it until the end. */
  async #runPipeline(): Promise<void> {
    const { config, logger } = this.#options;
    const { signal } = this.#stopping;
    const { retryMinMs, retryMaxMs } = config.clickhouse;
    const parts = await runnerParts();
    let delay = retryMinMs;
    while (!signal.aborted) {
      try {
        this.#sink = await this.#openSink();
        break;
      } catch (error) {
        if (signal.aborted) return;
        const code = findGatewayError(error)?.code ?? 'sink_unreachable';
        logger.error({ code, err: error }, 'ClickHouse cannot be used; frames wait in the spool');
        this.#metrics.count('errors_total', { code });
        await pause(delay * Math.random(), undefined, { signal }).catch(() => undefined);
        delay = Math.min(delay * 2, retryMaxMs);
      }
    }
    if (this.#sink === null || signal.aborted) return;
    logger.info({ engine: this.#clickhouse?.connection.database }, 'ClickHouse is ready');
    this.#sinkUp.resolve();
    this.#stream?.open(this.#sink.storedThrough);
    this.#runner = this.#makeRunner(this.#sink, parts);
    await this.#runner.run();
  }

  async #openSink(): Promise<ClickHouseSink> {
    const { config, logger, now = Date.now } = this.#options;
    const { openClickHouse, openSink } = await import('./app-sink.ts');
    this.#clickhouse ??= await openClickHouse(config.clickhouse, logger, this.#stopping.signal, this.#options.member ?? null);
    const storedThrough = this.#spool.readCheckpoint()?.seq ?? 0;
    const metrics = this.#metrics;
    return openSink(this.#clickhouse, { config, spoolId: this.#spool.id, storedThrough, logger, metrics, now });
  }

  #makeRunner(sink: ClickHouseSink, { Runner, readFrom }: RunnerParts): Runner {
    const { config, logger, now = Date.now } = this.#options;
    const parts = { book: this.#book, sink, ledger: this.ledger, held: this.#spool.held, now };
    return new Runner({
      ...parts,
      reader: this.#spool.reader(readFrom(sink.storedThrough)),
      readAgain: (from) => this.#spool.reader(from),
      recoveredThrough: this.#recoveredThrough,
      decoders: decodersOf(this.#codecs),
      ...(this.#consents === null ? {} : { gate: this.#consents.gate }),
      checkpoints: { write: (seq) => this.#spool.writeCheckpoint({ seq, ledger: this.ledger.toCheckpoint() }) },
      rules: config.pipeline,
      duplicateWindow: config.pipeline.duplicateWindow,
      onCommitted: (through) => this.#validating?.committed(through),
      onOutcome: (outcome) => {
        this.#consents?.noteOutcome(outcome);
        if (outcome.consents !== undefined) this.#validating?.heard(outcome.consents, outcome.seq);
        this.#live.publish(outcome);
        this.#stream?.publish(outcome);
      },
      onTrouble: (error) => logger.error({ err: error, code: findGatewayError(error)?.code }, 'will be tried again'),
      elapsed: () => performance.now(),
    });
  }

  /** What is due without a frame coming in. */
  async #keepUp(): Promise<void> {
    const { logger, now = Date.now } = this.#options;
    try {
      await this.#book.tick(now());
      await this.#runner?.keepUp();
      void this.#runner?.ship();
      await saveRefusals(this.#spool, this.ledger);
    } catch (error) {
      logger.error({ err: error }, 'store or disk refuses; will be tried again');
    }
  }

  async #stop(): Promise<void> {
    const { config, logger } = this.#options;
    clearInterval(this.#tick);
    this.#watching?.stop();
    this.#untend();
    this.#commands?.stop();
    await this.#validating?.stop();
    await this.#consents?.stop();
    const told = this.#webhooks?.stop();
    for (const listener of this.#listeners) listener.drain();
    // A disk that hangs leaves pushes unanswered, and nobody waits for them for ever.
    await Promise.race([this.#api?.close(), pause(OWED_ACKS_MS)]);
    await this.#push?.intake.close();
    await acksLeft(this.#listeners, OWED_ACKS_MS);
    this.#live.close();
    this.#tap.close();
    if (this.#runner !== null) {
      await this.drained(AbortSignal.timeout(config.shutdown.drainMs)).catch(() => {
        logger.warn('not everything was stored in the drain time; the rest stays in the spool');
      });
    }
    this.#stopping.abort();
    this.#runner?.stop();
    this.#sink?.close();
    await saveRefusals(this.#spool, this.ledger).catch(() => undefined);
    await this.#spool.close();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    // First, because a request that nobody answers would be waited for.
    await this.#clickhouse?.close();
    await this.#pipeline;
    await this.#admin?.close();
    await told;
    await this.#store.close();
    logger.info('stopped');
  }

  #parts(): GatewayParts {
    return {
      now: this.#options.now ?? Date.now,
      ledger: this.ledger,
      spool: this.#spool,
      store: this.#store,
      book: this.#book,
      listeners: () => this.#listeners,
      sink: () => this.#sink?.status ?? null,
      engineRestarts: () => this.#clickhouse?.engine?.restarts ?? this.#options.member?.engineRestarts ?? 0,
      held: () => [...this.#spool.held.counts(), ...(this.#runner?.held ?? [])],
    };
  }
}
