/** Four numbers that say whether data flows, each with its last minutes. */
import type { ComponentChildren } from 'preact';
import { amount, lasting } from '../../format/amount.ts';
import { count } from '../../format/number.ts';
import { Spark } from '../../parts/spark.tsx';
import type { Series } from '../../parts/spark-path.ts';
import { texts } from '../../texts/index.ts';
import type { GatewayNow, GatewayPoint } from './use-gateway.ts';

export function Tiles({ value, points }: { value: GatewayNow; points: readonly GatewayPoint[] }) {
  const words = texts.gateway.tiles;
  const times = points.map(({ at }) => Date.parse(at));
  const series = (name: string, of: (point: GatewayPoint) => number | null): Series => ({ name, values: points.map(of) });
  const [received, stored] = [value.ledger, value.ledger].map((rows, i) =>
    rows.reduce((sum, row) => sum + (i === 0 ? row.received_per_s : row.stored_per_s), 0),
  );
  const { spool, ack_delay: ack, senders } = value;
  const connections = value.listeners.reduce((sum, listener) => sum + listener.connections, 0);
  const perSecond = (rate: number): string => words.perSecond(amount(rate));
  return (
    <div class="gateway-tiles">
      <Tile name={words.received} now={perSecond(received ?? 0)} says={words.stored(amount(stored ?? 0))}>
        <Plot
          name={words.received}
          now={perSecond(received ?? 0)}
          times={times}
          write={perSecond}
          series={[series(words.in, (point) => point.received_per_s), series(words.out, (point) => point.stored_per_s)]}
        />
      </Tile>
      <Tile
        name={words.ack}
        now={ack.half_ms === null ? '–' : words.below(lasting(ack.half_ms))}
        says={ack.slowest_ms === null ? words.noAcks : words.ackSays(lasting(ack.slowest_ms))}
      >
        <Plot
          name={words.ack}
          now={ack.half_ms === null ? '–' : lasting(ack.half_ms)}
          times={times}
          write={lasting}
          series={[
            series(words.half, (point) => point.ack_delay.half_ms),
            series(words.slowest, (point) => point.ack_delay.slowest_ms),
          ]}
        />
      </Tile>
      <Tile name={words.waiting} now={count(spool.waiting_frames)} says={drainWords(spool, (stored ?? 0) < (received ?? 0))}>
        <Plot
          name={words.waiting}
          now={count(spool.waiting_frames)}
          times={times}
          write={count}
          series={[series(words.waiting, (point) => point.waiting_frames)]}
        />
      </Tile>
      <Tile
        name={words.connections}
        now={count(connections)}
        says={senders.unnamed === 0 ? words.allNamed : words.unnamed(count(senders.unnamed))}
      >
        <Plot
          name={words.connections}
          now={count(connections)}
          times={times}
          write={count}
          series={[series(words.connections, (point) => point.connections)]}
        />
      </Tile>
    </div>
  );
}

/** A backlog of less is what is under way anyhow, seconds. */
const GROWS_S = 10;

function drainWords({ waiting_frames: waiting, drain_s: drain }: GatewayNow['spool'], grows: boolean): string {
  const words = texts.gateway.tiles;
  if (waiting === 0) return words.drained;
  if (drain === null) return words.stuck;
  const time = lasting(Math.max(1, drain) * 1_000);
  return grows && drain > GROWS_S ? words.grows(time) : words.drains(time);
}

function Tile({ name, now, says, children }: { name: string; now: string; says: string; children: ComponentChildren }) {
  return (
    <section class="panel gateway-tile">
      <h2 class="small muted">{name}</h2>
      <p class="gateway-now">{now}</p>
      <p class="muted small">{says}</p>
      {children}
    </section>
  );
}

interface PlotProps {
  name: string;
  now: string;
  times: readonly number[];
  write: (value: number) => string;
  series: readonly Series[];
}

function Plot({ name, now, times, write, series }: PlotProps) {
  const words = texts.gateway.tiles;
  const most = Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const label = words.plot(name, now, write(most));
  return <Spark label={label} times={times} series={series} write={write} most={words.most} empty={texts.gateway.nothingYet} />;
}
