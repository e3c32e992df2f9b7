import type { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { until } from '../support/waiting.ts';

/** Waits until everything that a gateway has taken is in ClickHouse and behind a checkpoint. */
export async function atRest(gateway: GatewayProcess, withinMs = 120_000): Promise<void> {
  const isAtRest = async (): Promise<boolean> => {
    const metrics = await gateway.metrics();
    if (metrics.get('odograph_sink_up') !== 1 || metrics.get('odograph_spool_waiting_frames') !== 0) return false;
    for (const [series, value] of metrics) if (series.startsWith('odograph_frames_in_flight{') && value !== 0) return false;
    return true;
  };
  await until('the gateway is at rest', isAtRest, withinMs);
}
