import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import type { components } from '../../api/client.ts';
import { present } from '../../app/session.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { CheckField } from '../../parts/field.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Empty } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { usePages } from '../../parts/use-pages.ts';
import { texts } from '../../texts/index.ts';
import type { Range } from './range.ts';

type TrackerEvent = components['schemas']['TrackerEvent'];

/** What happened in the time shown, the newest first. */
export function Events({ oid, range, onShow }: { oid: string; range: Range; onShow: (range: Range) => void }) {
  const words = texts.tracker.events;
  const [alarmsOnly, setAlarmsOnly] = useState(false);
  const bounds = { from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString() };
  const alarms = alarmsOnly ? ('true' as const) : ('false' as const);
  const {
    value,
    problem,
    again,
    items: events,
    more,
  } = usePages(
    (cursor, signal) =>
      ask(
        present().client.GET('/v1/telemetry/{oid}/events', {
          params: { path: { oid }, query: { ...bounds, alarms, limit: 100, ...(cursor === undefined ? {} : { cursor }) } },
          signal,
        }),
      ),
    [oid, range, alarmsOnly],
  );
  return (
    <section class="panel" aria-label={words.title}>
      <header class="panel-head">
        <h2>{words.title}</h2>
        <CheckField label={words.alarmsOnly} checked={alarmsOnly} onValue={setAlarmsOnly} />
      </header>
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {value !== null && events.length === 0 ? <Empty title={words.none} /> : null}
      {events.length === 0 ? null : (
        <table class="table is-cards">
          <thead>
            <tr>
              <th scope="col">{words.columns.at}</th>
              <th scope="col">{words.columns.what}</th>
              <th scope="col">{words.columns.where}</th>
            </tr>
          </thead>
          <tbody>
            {events.map((event, i) => (
              <Row key={i} event={event} onShow={onShow} />
            ))}
          </tbody>
        </table>
      )}
      {more === null ? null : (
        <div class="panel-foot">
          <Button onClick={more}>{words.more}</Button>
        </div>
      )}
    </section>
  );
}

/** So much before and after an event is shown of it, ms. */
const AROUND_MS = 300_000;

function Row({
  event: { code, meaning, alarm, observed_at: at, place },
  onShow,
}: {
  event: TrackerEvent;
  onShow: (range: Range) => void;
}) {
  const words = texts.tracker.events;
  return (
    <tr>
      <td data-label={words.columns.at}>
        <Time at={at} />
      </td>
      <td data-label={words.columns.what}>
        <span>
          {alarm ? <Badge tone="bad">{words.alarm}</Badge> : null} {meaning ?? words.unknown}{' '}
          <span class="mono muted small">{code}</span>
        </span>
      </td>
      <td data-label={words.columns.where}>
        {place === null ? (
          '–'
        ) : (
          <button
            type="button"
            class="link mono"
            onClick={() => onShow({ span: null, from: Date.parse(at) - AROUND_MS, to: Date.parse(at) + AROUND_MS })}
          >
            {place.lat.toFixed(5)}, {place.lon.toFixed(5)}
          </button>
        )}
      </td>
    </tr>
  );
}
