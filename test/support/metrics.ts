/** The value of each series of a gateway, by its name and labels as Prometheus writes them. */
export type MetricValues = ReadonlyMap<string, number>;

/** Asks an admin port for its metrics. */
export async function readMetrics(adminPort: number): Promise<MetricValues> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/metrics`);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

/** Sum of the series of a metric, without its prefix, whose labels include these. */
export function sumOf(metrics: MetricValues, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  let sum = 0;
  for (const [series, value] of metrics) {
    const brace = series.indexOf('{');
    const seriesName = brace < 0 ? series : series.slice(0, brace);
    if (seriesName === `odograph_${name}` && wanted.every((label) => series.includes(label))) sum += value;
  }
  return sum;
}
