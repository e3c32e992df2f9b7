import { describe, expect, test } from 'vitest';
import { Ledger } from './ledger.ts';
import { METRICS, METRIC_PREFIX, type MetricFacts } from './metric-table.ts';
import { Metrics } from './metrics.ts';

const table: readonly (readonly [string, MetricFacts])[] = Object.entries(METRICS);

/** Labels whose values are as many as there are devices or connections. */
const UNBOUNDED = /ident|tracker|imei|vin|peer|address|session/;

describe('the table of metrics', () => {
  test('counters end in _total and nothing else does', () => {
    for (const [name, { type }] of table) expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
  });

  test('units are base units', () => {
    for (const [name] of table) expect(name).not.toMatch(/_(ms|milliseconds|minutes|kb|mb|kilobytes|megabytes|percent)(_|$)/);
    expect(table.filter(([name, { type }]) => type === 'histogram' && !name.endsWith('_seconds'))).toEqual([]);
  });

  test('names are plain and labels are bounded', () => {
    for (const [name, { labels }] of table) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(labels.filter((label) => UNBOUNDED.test(label) || label === 'le')).toEqual([]);
    }
  });
});

describe('the exported text', () => {
  test('carries one prefix, and only counters are called _total', async () => {
    const lines = (await new Metrics('1.2.3').text()).split('\n');
    const types = lines
      .filter((line) => line.startsWith('# TYPE '))
      .map((line) => line.split(' ').slice(2) as [string, string]);
    expect(types.length).toBeGreaterThan(10);
    expect(types.filter(([name]) => !name.startsWith(METRIC_PREFIX))).toEqual([]);
    expect(types.filter(([name, type]) => name.endsWith('_total') !== (type === 'counter'))).toEqual([]);
    expect(lines.join('\n')).toContain('odograph_build_info{version="1.2.3",node="24.');
  });

  test('reads pulled metrics anew each time', async () => {
    const metrics = new Metrics('1');
    let open = 3;
    metrics.pull('connections', () => [{ labels: { listener: 'trackers' }, value: open }]);
    metrics.pull('spool_syncs_total', () => open * 2);
    expect(await metrics.text()).toContain('odograph_connections{listener="trackers"} 3');
    open = 1;
    const text = await metrics.text();
    expect(text).toContain('odograph_connections{listener="trackers"} 1');
    expect(text).toContain('odograph_spool_syncs_total 2');
  });

  test('counts events and observes durations', async () => {
    const metrics = new Metrics('1');
    metrics.count('errors_total', { code: 'spool_io' });
    metrics.count('errors_total', { code: 'spool_io' }, 2);
    metrics.observe('ack_delay_seconds', 0.003);
    const text = await metrics.text();
    expect(text).toContain('odograph_errors_total{code="spool_io"} 3');
    expect(text).toContain('odograph_ack_delay_seconds_bucket{le="0.005"} 1');
    expect(text).toContain('odograph_ack_delay_seconds_bucket{le="0.0025"} 0');
  });

  test('shows the ledger, column by column', async () => {
    const ledger = new Ledger();
    const metrics = new Metrics('1');
    metrics.pullLedger(ledger);
    ledger.received('trackers', 'teltonika', 4);
    ledger.settled('trackers', 'teltonika', 'stored');
    ledger.refused('trackers', 'teltonika', 'wire_crc');
    const text = await metrics.text();
    const labels = 'listener="trackers",protocol="teltonika"';
    expect(text).toContain(`odograph_frames_received_total{${labels}} 4`);
    expect(text).toContain(`odograph_frames_total{${labels},column="stored"} 1`);
    expect(text).toContain(`odograph_frames_total{${labels},column="refused"} 1`);
    expect(text).toContain(`odograph_frames_refused_total{${labels},code="wire_crc"} 1`);
    expect(text).toContain(`odograph_frames_in_flight{${labels}} 2`);
  });

  test('counts frames from the start of the process, so that a start after a crash is seen as one', async () => {
    const before = new Ledger();
    before.received('trackers', 'teltonika', 1_000);
    before.refused('trackers', 'teltonika', 'wire_crc');
    before.settled('trackers', 'teltonika', 'stored');
    const ledger = Ledger.fromCheckpoint(before.toCheckpoint());
    const metrics = new Metrics('1');
    metrics.pullLedger(ledger);
    ledger.received('trackers', 'teltonika', 2);
    ledger.refused('trackers', 'teltonika', 'wire_crc');
    const text = await metrics.text();
    const labels = 'listener="trackers",protocol="teltonika"';
    expect(text).toContain(`odograph_frames_received_total{${labels}} 2`);
    expect(text).toContain(`odograph_frames_total{${labels},column="stored"} 0`);
    expect(text).toContain(`odograph_frames_refused_total{${labels},code="wire_crc"} 1`);
    expect(text).toContain(`odograph_frames_in_flight{${labels}} 1`);
  });
});

test('a metric whose source is away is left out, and the others are shown', async () => {
  const metrics = new Metrics('1');
  metrics.pull('trackers', async () => {
    throw new Error('away');
  });
  metrics.pull('spool_segments', () => 4);
  const text = await metrics.text();
  expect(text).toContain('odograph_spool_segments 4');
  expect(text).not.toMatch(/^odograph_trackers\{/m);
});
