import type { Bucket } from './status.ts';

/**
 * A histogram without labels. prom-client's own looks labels up and makes four objects for each observation, which for acks is each
 * frame: here it is a step through the bounds. To its registry it is a metric that can be asked.
 */
export class Buckets {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #bounds: readonly number[];
  /** Observations in each bucket alone, those above the last bound behind them. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** `bounds` are upper bounds, ascending. */
  constructor(name: string, help: string, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let i = 0;
    while (i < bounds.length && value > (bounds[i] as number)) i++;
    this.#counts[i] = (this.#counts[i] as number) + 1;
    this.#sum += value;
  }

  /** Bound by bound, each with what lies at or below it. */
  all(): Bucket[] {
    let count = 0;
    return [...this.#counts].map((own, i) => {
      count += own;
      return { le: this.#bounds[i] ?? null, count };
    });
  }

  /** As a registry of prom-client asks for it. */
  get() {
    const { name, help, type, aggregator } = this;
    const buckets = this.all();
    const values = buckets.map(({ le, count }) => {
      return { labels: { le: le ?? '+Inf' }, value: count, metricName: `${name}_bucket` };
    });
    const totals = [
      { labels: {}, value: this.#sum, metricName: `${name}_sum` },
      { labels: {}, value: buckets.at(-1)?.count ?? 0, metricName: `${name}_count` },
    ];
    return Promise.resolve({ name, help, type, aggregator, values: [...values, ...totals] });
  }
}
