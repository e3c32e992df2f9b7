/** Where frames wait, and where they come in. */
import type { ComponentChildren } from 'preact';
import { amount, bytes, lasting } from '../../format/amount.ts';
import { count } from '../../format/number.ts';
import { Badge } from '../../parts/badge.tsx';
import { Bar } from '../../parts/bar.tsx';
import type { Tone } from '../../parts/tone.ts';
import { texts } from '../../texts/index.ts';
import type { GatewayNow } from './use-gateway.ts';

export function PlacesPanels({ value }: { value: GatewayNow }) {
  return (
    <div class="gateway-places">
      <Spool value={value} />
      <Sink sink={value.sink} />
      <Registry registry={value.registry} />
    </div>
  );
}

function Place({ title, tone, says, children }: { title: string; tone: Tone; says: string; children: ComponentChildren }) {
  return (
    <section class="panel panel-body">
      <div class="gateway-head">
        <h2>{title}</h2>
        <Badge tone={tone}>{says}</Badge>
      </div>
      {children}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Spool({ value: { spool, at } }: { value: GatewayNow }) {
  const words = texts.gateway.spool;
  const { accepting, bytes: used, budget_bytes: budget, oldest_received_at: oldest } = spool;
  return (
    <Place title={words.title} tone={accepting ? 'good' : 'bad'} says={accepting ? words.accepting : words.closed}>
      <div class="gateway-budget">
        <Bar value={used} most={budget} label={words.budget} />
        <p class="small muted">{words.used(bytes(used), bytes(budget))}</p>
      </div>
      <dl class="facts">
        <Fact name={words.oldest}>{oldest === null ? words.none : lasting(Date.parse(at) - Date.parse(oldest))}</Fact>
        <Fact name={words.full}>{spool.full_s === null ? words.never : lasting(spool.full_s * 1_000)}</Fact>
        <Fact name={words.syncs}>{texts.gateway.tiles.perSecond(amount(spool.syncs_per_s))}</Fact>
      </dl>
    </Place>
  );
}

function Sink({ sink }: { sink: GatewayNow['sink'] }) {
  const words = texts.gateway.sink;
  if (sink === null) {
    return (
      <Place title={words.title} tone="wait" says={words.unreached}>
        {null}
      </Place>
    );
  }
  return (
    <Place title={words.title} tone={sink.reachable ? 'good' : 'bad'} says={sink.reachable ? words.up : words.down}>
      <dl class="facts">
        <Fact name={words.lag}>{count(sink.lag_frames)}</Fact>
        <Fact name={words.rows}>{count(sink.waiting_rows)}</Fact>
        {sink.last_failure === null ? null : <Fact name={words.failure}>{sink.last_failure}</Fact>}
      </dl>
    </Place>
  );
}

function Registry({ registry: { reachable, uncommitted } }: { registry: GatewayNow['registry'] }) {
  const words = texts.gateway.registry;
  return (
    <Place title={words.title} tone={reachable ? 'good' : 'bad'} says={reachable ? words.up : words.down}>
      <dl class="facts">
        <Fact name={words.uncommitted}>{count(uncommitted)}</Fact>
      </dl>
    </Place>
  );
}

export function ListenersPanel({ value: { listeners } }: { value: GatewayNow }) {
  const words = texts.gateway.listeners;
  const { columns } = words;
  return (
    <section class="panel" aria-label={words.title}>
      <h2 class="gateway-title">{words.title}</h2>
      {listeners.length === 0 ? <p class="gateway-none muted">{words.none}</p> : null}
      <table class="table is-cards">
        <thead>
          <tr>
            <th scope="col">{columns.name}</th>
            <th scope="col">{columns.transport}</th>
            <th scope="col">{columns.protocols}</th>
            <th scope="col" class="is-number">
              {columns.connections}
            </th>
            <th scope="col" class="is-number">
              {columns.rate}
            </th>
            <th scope="col" class="is-number">
              {columns.owed}
            </th>
          </tr>
        </thead>
        <tbody>
          {listeners.map((listener) => (
            <tr key={listener.name}>
              <td data-label={columns.name}>
                <strong>{listener.name}</strong>
              </td>
              <td data-label={columns.transport}>
                <span>
                  {listener.transport.toUpperCase()}{' '}
                  <span class="mono">{listener.port === 0 ? words.subscription : listener.port}</span>
                </span>
              </td>
              <td data-label={columns.protocols}>{listener.protocols.join(', ')}</td>
              <td data-label={columns.connections} class="is-number">
                {listener.connections_most === null
                  ? count(listener.connections)
                  : words.of(count(listener.connections), count(listener.connections_most))}
              </td>
              <td data-label={columns.rate} class="is-number">
                {texts.gateway.tiles.perSecond(amount(listener.received_per_s))}
              </td>
              <td data-label={columns.owed} class="is-number">
                {count(listener.acks_owed)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
