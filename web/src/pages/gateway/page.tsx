/** How the gateway is: what is wrong first, then what flows, what waits, and where every frame went. */
import { lasting, amount, bytes } from '../../format/amount.ts';
import { Badge } from '../../parts/badge.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { Page } from '../../parts/page.tsx';
import type { Tone } from '../../parts/tone.ts';
import { texts } from '../../texts/index.ts';
import { CensusPanel } from './census.tsx';
import { LedgerPanel } from './ledger.tsx';
import { ListenersPanel, PlacesPanels } from './places.tsx';
import { Tiles } from './tiles.tsx';
import { useGateway, type GatewayNow } from './use-gateway.ts';
import './style.css';

const TONES: Readonly<Record<GatewayNow['alerts'][number]['level'], Tone>> = { critical: 'bad', warning: 'wait', note: 'off' };

export default function GatewayPage() {
  const words = texts.gateway;
  const { value, points, problem } = useGateway();
  const state = problem === null ? (value === null ? 'waiting' : 'on') : 'off';
  const live = (
    <span class={`live is-${state}`} role="status" title={words.liveSays}>
      {words.live[state]}
    </span>
  );
  return (
    <Page title={words.title} actions={live}>
      {value === null ? null : (
        <p class="muted small gateway-facts">
          {words.facts(
            value.version,
            lasting(Date.parse(value.at) - Date.parse(value.started_at)),
            bytes(value.memory_bytes),
            `${amount(value.core_share * 100)} %`,
          )}
        </p>
      )}
      {problem === null ? null : <ProblemNotice problem={problem} />}
      {value === null ? null : (
        <>
          <Alerts alerts={value.alerts} />
          <Tiles value={value} points={points} />
          <PlacesPanels value={value} />
          <ListenersPanel value={value} />
          <LedgerPanel value={value} />
          <CensusPanel />
        </>
      )}
    </Page>
  );
}

function Alerts({ alerts }: { alerts: GatewayNow['alerts'] }) {
  const words = texts.gateway;
  if (alerts.length === 0) return <Notice tone="good">{words.well}</Notice>;
  return (
    <ul class="gateway-alerts" aria-label={words.alerts}>
      {alerts.map(({ code, level, listener, says, todo }) => (
        <li key={`${code} ${listener} ${says.length}`}>
          <Notice tone={TONES[level]}>
            <p>
              <strong>{words.levels[level]}</strong>
              {listener === null ? null : <Badge tone="off">{listener}</Badge>} {says}
            </p>
            <p class="muted">{todo}</p>
          </Notice>
        </li>
      ))}
    </ul>
  );
}
