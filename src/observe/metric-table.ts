/**
 * Every metric the gateway exports, once: name (without the prefix `odograph_`), type, labels and meaning. Units are base
 * units, counters end in `_total`, and no label has as many values as there are devices.
 */
export interface MetricFacts {
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels: readonly string[];
  /** Upper bounds of a histogram. */
  buckets?: readonly number[];
}

const counter = <const Labels extends readonly string[]>(help: string, ...labels: Labels) => ({
  type: 'counter' as const,
  help,
  labels,
});
const gauge = <const Labels extends readonly string[]>(help: string, ...labels: Labels) => ({
  type: 'gauge' as const,
  help,
  labels,
});
const seconds = <const Labels extends readonly string[]>(help: string, buckets: readonly number[], ...labels: Labels) => ({
  type: 'histogram' as const,
  help,
  labels,
  buckets,
});

const QUICK = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const SLOW = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export const METRICS = {
  build_info: gauge('Always 1; the labels say what is running', 'version', 'node'),

  connections: gauge('Open connections', 'listener'),
  connections_opened_total: counter('Connections opened', 'listener'),
  connections_closed_total: counter(
    'Connections that ended or were refused, by error code; `none` for an orderly end',
    'listener',
    'code',
  ),
  slowed_total: counter(
    'Times a connection was left unread, or a datagram refused, because more came than may',
    'listener',
    'reason',
  ),
  slowed_seconds_total: counter('Time for which connections were left unread for that, together', 'listener', 'reason'),
  takeovers_total: counter(
    'Second live connections of a device, by what became of them: newest, refuse, both',
    'listener',
    'policy',
  ),
  http_refused_total: counter(
    'Connections and requests that the API, its push route or the admin port did not take, by error code',
    'port',
    'code',
  ),
  mqtt_unacknowledged_total: counter('MQTT messages that came with QoS 0, which nothing acknowledges', 'listener'),
  udp_kernel_drops_total: counter('Datagrams the kernel threw away because they came faster than they were read', 'listener'),
  udp_receive_buffer_bytes: gauge(
    'Receive buffer the kernel has granted, by its own counting, which is twice the payload',
    'listener',
  ),
  sockets_paused: gauge('1 while sockets are left unread because nothing more can be made durable'),

  frames_received_total: counter('Frames that came in', 'listener', 'protocol'),
  frames_total: counter('Frames by the column in which they ended', 'listener', 'protocol', 'column'),
  frames_refused_total: counter('Frames that went no further than the session, by error code', 'listener', 'protocol', 'code'),
  frames_in_flight: gauge('Frames received and in no column yet', 'listener', 'protocol'),
  ledger_held_frames: gauge('Frames that spool and pipeline hold, by their own count', 'listener', 'protocol'),
  ledger_imbalance_frames: gauge('Frames by which what is in flight differs from what is held; anything but 0 is a bug'),
  ack_delay_seconds: seconds('From the last byte of a frame to its receipt: durable, the ack may leave', QUICK),

  spool_bytes: gauge('Disk the spool uses'),
  spool_budget_bytes: gauge('Disk the spool may use'),
  spool_segments: gauge('Segments of the spool'),
  spool_waiting_frames: gauge('Durable frames that are not stored yet'),
  spool_oldest_frame_age_seconds: gauge(
    'Time since the oldest of them was received; 0 where none waits. It grows while the sink is stuck',
  ),
  spool_syncs_total: counter('Group commits'),
  spool_sync_seconds: seconds('Duration of a group commit', QUICK),
  spool_accepting: gauge('1 while the spool takes frames, 0 when it is full or the disk refuses'),

  sink_up: gauge('1 while ClickHouse answers'),
  sink_waiting_rows: gauge('Rows waiting for their insert'),
  sink_rows_total: counter('Rows stored', 'table'),
  sink_insert_seconds: seconds('Duration of an insert that ClickHouse took', SLOW),
  engine_restarts_total: counter('Restarts of the embedded engine'),

  live_listeners: gauge('Commands that show messages as they come in'),
  stream_readers: gauge('Readers of `/v1/stream`'),
  stream_cut_total: counter('Streams broken off because their reader did not read; it comes again and misses nothing'),
  captures: gauge('Captures that listen in on sessions over the admin port'),
  capture_lost_total: counter(
    'Pieces of traffic that captures lost because whoever reads them is slow; no device waits for them',
  ),
  store_up: gauge('1 while the registry answers'),
  store_uncommitted: gauge('Frames and messages that are read and that the registry does not have yet'),
  commands: gauge('Commands to devices, by status; ended ones for as long as they are kept', 'status'),
  trackers: gauge('Registered trackers by provider and lifecycle state', 'provider', 'status'),
  validation_steps_total: counter(
    'Steps of validations by provider and what came of them: validated, failed, waiting, trouble, ended',
    'provider',
    'outcome',
  ),
  webhook_tries_total: counter('Tries of webhook deliveries, by error code; `none` where the receiver took it', 'code'),
  webhook_try_seconds: seconds('Duration of a try', SLOW),
  webhook_deliveries_total: counter('Webhook deliveries that ended', 'outcome'),
  webhook_disabled_total: counter('Webhooks that the gateway has disabled'),
  webhook_oldest_undelivered_seconds: gauge(
    'Age of the oldest webhook delivery that has not ended; 0 where there is none. Of all gateways that share the registry',
  ),
  consent_withdrawals: gauge(
    'Withdrawn consents that are not done with: being purged, overdue, or unresolved because they name people and no vehicle',
    'state',
  ),
  quarantine_retries_total: counter('Frames out of quarantine that were tried again, by what came of it', 'result'),
  errors_total: counter('Errors by code', 'code'),
} as const satisfies Record<string, MetricFacts>;

export const METRIC_PREFIX = 'odograph_';

type Table = typeof METRICS;
type NameOf<Type extends MetricFacts['type']> = { [N in keyof Table]: Table[N]['type'] extends Type ? N : never }[keyof Table];

export type MetricName = keyof Table;
export type CounterName = NameOf<'counter'>;
export type GaugeName = NameOf<'gauge'>;
export type HistogramName = NameOf<'histogram'>;
export type LabelsOf<Name extends MetricName> = Record<Table[Name]['labels'][number], string>;
