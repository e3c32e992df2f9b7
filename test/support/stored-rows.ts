import { peerFrames } from './peer-frames.ts';
import { RunningGateway, type TestSettings } from './running-gateway.ts';
import { until } from './waiting.ts';

const FILES = { teltonika: 'teltonika', 'astra-telematics': 'astra' } as const;

/** Protocols of the published frames. */
export const PUBLISHED = Object.keys(FILES) as (keyof typeof FILES)[];

/** A published frame that a device of this ident could have sent. */
export interface PublishedFrame {
  protocol: keyof typeof FILES;
  ident: string;
  frame: Buffer;
}

/** Reads the published frames that are whole, of all protocols. */
export function publishedFrames(): PublishedFrame[] {
  return PUBLISHED.flatMap((protocol) =>
    peerFrames(FILES[protocol])
      .filter(({ checksumOk, hex, traccar }) => checksumOk === true && hex !== undefined && traccar?.ident)
      .map(({ hex, traccar }) => ({ protocol, ident: traccar?.ident ?? '', frame: Buffer.from(hex ?? '', 'hex') })),
  );
}

/** What a gateway has stored. */
export interface StoredRows {
  /** Rows in the order of their identity, without what tells when, where and by which way they came. */
  rows: unknown[];
  transports: string[];
}

/**
 * Runs a whole gateway with these settings, has frames sent to it, and gives what it has stored when `frames` have come in:
 * the same for the same frames, whichever way they came.
 */
export async function storedRows(
  settings: TestSettings,
  send: (to: RunningGateway) => Promise<void>,
  frames: number,
): Promise<StoredRows> {
  const gateway = await RunningGateway.start({ clickhouse: { batchAgeMs: 20 }, ...settings });
  try {
    await send(gateway);
    const received = () => gateway.gateway.ledger.snapshot().reduce((sum, row) => sum + row.received, 0);
    await until('every frame has come in', () => received() >= frames);
    await gateway.stored();
    // A message without a clock of its own is dated by its arrival.
    const stored = await gateway.rows<{ transport: string }>(
      `SELECT * EXCEPT (listener, batch_id, spool_id, spool_seq, row_index, received_at, stored_at, device_time, observed_at),
         clock_repair = 'missing' AS timeless, if(timeless, received_at, device_time) = device_time AS right,
         if(timeless, NULL, device_time) AS device, if(timeless, NULL, observed_at) AS observed
       FROM odograph.messages FINAL ORDER BY ident, record_id`,
    );
    return {
      rows: stored.map((row) => ({ ...row, transport: null })),
      transports: [...new Set(stored.map(({ transport }) => transport))],
    };
  } finally {
    await gateway.remove();
  }
}
