import { Counter, Gauge, Registry, collectDefaultMetrics, type Metric } from 'prom-client';
import type { ErrorCode } from '#errors/codes';
import type { Awaitable } from '#model/awaitable';
import { Buckets } from './buckets.ts';
import type { Ledger, LedgerRow } from './ledger.ts';
import { SETTLED_COLUMNS } from './ledger.ts';
import {
  METRICS,
  METRIC_PREFIX,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type MetricFacts,
  type MetricName,
} from './metric-table.ts';
import type { Bucket } from './status.ts';

/** One value of a metric with labels. */
export interface Sample<Name extends MetricName> {
  labels: LabelsOf<Name>;
  value: number;
}

/** Reads a metric at the moment it is asked for: one number, or one for each combination of labels. */
export type Reading<Name extends MetricName> = () => Awaitable<number | Iterable<Sample<Name>>>;

/** Gauges of the runtime whose names break Prometheus's rules: a gauge does not end in `_total`. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];

/** The metrics of one gateway. Most are read from the parts of the gateway when Prometheus asks; events are counted as they happen. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<MetricName, Counter>();
  readonly #histograms = new Map<MetricName, Buckets>();

  /** `version` is the gateway's own. Metrics of the Node runtime are included. */
  constructor(version: string) {
    collectDefaultMetrics({ register: this.#registry, prefix: METRIC_PREFIX });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(METRIC_PREFIX + name);
    this.pull('build_info', () => [{ labels: { version, node: process.versions.node }, value: 1 }]);
  }

  /** Counts an event. */
  count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by = 1): void {
    let metric = this.#counters.get(name);
    if (metric === undefined) {
      metric = new Counter(this.#facts(name));
      this.#counters.set(name, metric);
    }
    metric.inc(labels, by);
  }

  /** Adds an observation, in seconds, to a histogram. */
  observe(name: HistogramName, seconds: number): void {
    let metric = this.#histograms.get(name);
    if (metric === undefined) {
      const { name: fullName, help } = this.#facts(name);
      metric = new Buckets(fullName, help, METRICS[name].buckets);
      this.#histograms.set(name, metric);
      // The registry asks for its name and for its values.
      this.#registry.registerMetric(metric as unknown as Metric);
    }
    metric.observe(seconds);
  }

  /** The observations of a histogram, bound by bound. Empty before the first. */
  buckets(name: HistogramName): Bucket[] {
    return this.#histograms.get(name)?.all() ?? [];
  }

  /** Has a metric read whenever it is asked for. A counter read this way must be a total that only grows. */
  pull<Name extends CounterName | GaugeName>(name: Name, read: Reading<Name>): void {
    const facts = this.#facts(name);
    const type: MetricFacts['type'] = METRICS[name].type;
    if (type === 'counter') {
      const collect = async function (this: Counter) {
        const samples = await samplesOf(read);
        this.reset();
        for (const { labels, value } of samples) this.inc(labels, value);
      };
      this.#registry.registerMetric(new Counter({ ...facts, registers: [], collect }));
      return;
    }
    const collect = async function (this: Gauge) {
      const samples = await samplesOf(read);
      this.reset();
      for (const { labels, value } of samples) this.set(labels, value);
    };
    this.#registry.registerMetric(new Gauge({ ...facts, registers: [], collect }));
  }

  /**
   * Exports the ledger, its counts from now on. What it brought along from a checkpoint is a little less than what was shown
   * before a crash, and Prometheus would take the difference for a counter that went from 0 to all of it.
   */
  pullLedger(ledger: Ledger): void {
    const before = ledger.snapshot();
    const rows = () => ledger.snapshot().map((row) => countsSince(row, before));
    this.pull('frames_received_total', () =>
      rows().map(({ listener, protocol, received }) => ({ labels: { listener, protocol }, value: received })),
    );
    this.pull('frames_in_flight', () =>
      ledger.snapshot().map(({ listener, protocol, inFlight }) => ({ labels: { listener, protocol }, value: inFlight })),
    );
    this.pull('frames_total', () =>
      rows().flatMap(({ listener, protocol, ...row }) =>
        [...SETTLED_COLUMNS, 'refused' as const].map((column) => ({
          labels: { listener, protocol, column },
          value: row[column],
        })),
      ),
    );
    this.pull('frames_refused_total', () =>
      rows().flatMap(({ listener, protocol, refusedBy }) =>
        Object.entries(refusedBy).map(([code, value]) => ({ labels: { listener, protocol, code }, value })),
      ),
    );
  }

  /** Everything in Prometheus's text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #facts(name: MetricName) {
    const { help, labels } = METRICS[name];
    return { name: METRIC_PREFIX + name, help, labelNames: [...labels], registers: [this.#registry] };
  }
}

/** A row of the ledger without what it counted before. */
function countsSince(row: LedgerRow, before: readonly LedgerRow[]): LedgerRow {
  const base = before.find(({ listener, protocol }) => listener === row.listener && protocol === row.protocol);
  if (base === undefined) return row;
  const refusedBy: LedgerRow['refusedBy'] = Object.fromEntries(
    Object.entries(row.refusedBy).map(([code, frames]) => [code, frames - (base.refusedBy[code as ErrorCode] ?? 0)]),
  );
  const counts = ['received', 'refused', ...SETTLED_COLUMNS] as const;
  return { ...row, refusedBy, ...Object.fromEntries(counts.map((name) => [name, row[name] - base[name]])) };
}

/** Reads a metric. One that cannot be read now, its source being away, has no samples, and the others are shown. */
async function samplesOf<Name extends MetricName>(read: Reading<Name>): Promise<Iterable<{ labels: object; value: number }>> {
  try {
    const found = await read();
    return typeof found === 'number' ? [{ labels: {}, value: found }] : found;
  } catch {
    return [];
  }
}
