import { ask } from '../../api/ask.ts';
import type { components } from '../../api/client.ts';
import { present } from '../../app/session.ts';
import { Button } from '../../parts/button.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Empty } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { duration } from '../../format/time.ts';
import { sayMetres, saySpeed } from '../../format/units.ts';
import { usePages } from '../../parts/use-pages.ts';
import { texts } from '../../texts/index.ts';
import type { Range } from './range.ts';

type Trip = components['schemas']['Trip'];
type RunningTrip = components['schemas']['RunningTrip'];

/** The trips of the time shown, the newest first, with the one that goes on above them. */
export function Trips({ oid, range, onShow }: { oid: string; range: Range; onShow: (range: Range) => void }) {
  const words = texts.tracker.trips;
  const bounds = { from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString() };
  const {
    value,
    problem,
    again,
    items: trips,
    more,
  } = usePages(
    (cursor, signal) =>
      ask(
        present().client.GET('/v1/telemetry/{oid}/trips', {
          params: { path: { oid }, query: { ...bounds, limit: 50, ...(cursor === undefined ? {} : { cursor }) } },
          signal,
        }),
      ),
    [oid, range],
  );
  return (
    <section class="panel" aria-label={words.title}>
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {value === null || value.running === null ? null : <Running trip={value.running} onShow={onShow} />}
      {value !== null && trips.length === 0 ? <Empty title={words.none} /> : null}
      {trips.length === 0 ? null : (
        <table class="table is-cards">
          <thead>
            <tr>
              <th scope="col">{words.columns.began}</th>
              <th scope="col">{words.columns.took}</th>
              <th scope="col" class="is-number">
                {words.columns.metres}
              </th>
              <th scope="col" class="is-number">
                {words.columns.most}
              </th>
              <th scope="col" class="is-number">
                {words.columns.points}
              </th>
              <th scope="col">
                <span class="sr-only">{words.show}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {trips.map((trip) => (
              <Row key={trip.id} trip={trip} onShow={onShow} />
            ))}
          </tbody>
        </table>
      )}
      <p class="muted small panel-foot">{words.rule}</p>
      {more === null ? null : (
        <div class="panel-foot">
          <Button onClick={more}>{words.more}</Button>
        </div>
      )}
    </section>
  );
}

/** A little before and after, so that where it stood is seen, too. */
const AROUND_MS = 60_000;

const around = (from: string, to: string): Range => {
  return { span: null, from: Date.parse(from) - AROUND_MS, to: Date.parse(to) + AROUND_MS };
};

function Row({ trip, onShow }: { trip: Trip; onShow: (range: Range) => void }) {
  const words = texts.tracker.trips;
  const { started_at: from, ended_at: to, metres, points, max_speed_kmh: most } = trip;
  return (
    <tr>
      <td data-label={words.columns.began}>
        <Time at={from} />
      </td>
      <td data-label={words.columns.took}>{duration(Date.parse(to) - Date.parse(from))}</td>
      <td data-label={words.columns.metres} class="is-number">
        {sayMetres(metres)}
      </td>
      <td data-label={words.columns.most} class="is-number">
        {saySpeed(most)}
      </td>
      <td data-label={words.columns.points} class="is-number">
        {points}
      </td>
      <td class="table-action">
        <Button onClick={() => onShow(around(from, to))}>{words.show}</Button>
      </td>
    </tr>
  );
}

function Running({ trip, onShow }: { trip: RunningTrip; onShow: (range: Range) => void }) {
  const words = texts.tracker.trips;
  const { started_at: from, last_at: last, metres, max_speed_kmh: most } = trip;
  const facts = [duration(Date.parse(last) - Date.parse(from)), sayMetres(metres), saySpeed(most)];
  return (
    <div class="running">
      <p>
        <strong>{words.running}</strong>
        <span class="muted"> · {facts.join(' · ')}</span>
      </p>
      <Button onClick={() => onShow(around(from, new Date(Math.max(Date.now(), Date.parse(last))).toISOString()))}>
        {words.show}
      </Button>
    </div>
  );
}
