import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import type { components } from '../../api/client.ts';
import { hrefOf } from '../../app/router.ts';
import { present } from '../../app/session.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Empty } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { sayBytes } from '../../format/units.ts';
import type { Tone } from '../../parts/tone.ts';
import { usePages } from '../../parts/use-pages.ts';
import { texts } from '../../texts/index.ts';
import type { Range } from './range.ts';

type Frame = components['schemas']['Frame'];
type Outcome = Frame['outcome'];

const TONES: Readonly<Record<Outcome, Tone>> = { stored: 'good', duplicate: 'off', quarantined: 'bad' };

/** The frames of a tracker as they came, the newest first; each leads to what every byte of it says. */
export function FrameList({ oid, range }: { oid: string; range: Range }) {
  const words = texts.tracker.frames;
  const [outcome, setOutcome] = useState<Outcome | ''>('');
  const bounds = { from: new Date(range.from).toISOString(), to: new Date(range.to + AHEAD_MS).toISOString() };
  const only = outcome === '' ? {} : { outcome };
  const {
    value,
    problem,
    again,
    items: frames,
    more,
  } = usePages(
    (cursor, signal) =>
      ask(
        present().client.GET('/v1/telemetry/{oid}/frames', {
          params: { path: { oid }, query: { ...bounds, ...only, limit: 100, ...(cursor === undefined ? {} : { cursor }) } },
          signal,
        }),
      ),
    [oid, range, outcome],
  );
  return (
    <section class="panel" aria-label={words.title}>
      <header class="panel-head">
        <h2>{words.title}</h2>
        <select
          class="input"
          aria-label={words.outcome}
          value={outcome}
          onInput={(event) => setOutcome(event.currentTarget.value as Outcome | '')}
        >
          <option value="">{words.every}</option>
          {Object.entries(words.outcomes).map(([name, says]) => (
            <option key={name} value={name}>
              {says}
            </option>
          ))}
        </select>
      </header>
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {value !== null && frames.length === 0 && more === null ? <Empty title={words.none} /> : null}
      {frames.length === 0 ? null : (
        <table class="table is-cards">
          <thead>
            <tr>
              <th scope="col">{words.columns.at}</th>
              <th scope="col">{words.columns.what}</th>
              <th scope="col">{words.columns.protocol}</th>
              <th scope="col" class="is-number">
                {words.columns.size}
              </th>
              <th scope="col">{words.columns.head}</th>
            </tr>
          </thead>
          <tbody>
            {frames.map((frame) => (
              <Row key={frame.id} oid={oid} frame={frame} />
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

/** What came since the page was opened is shown, too. */
const AHEAD_MS = 3_600_000;

function Row({ oid, frame }: { oid: string; frame: Frame }) {
  const words = texts.tracker.frames;
  const { id, received_at: at, outcome, fault, messages, protocol, transport, size_bytes: size, head } = frame;
  const pairs = head.match(/../g)?.slice(0, 12).join(' ') ?? '';
  return (
    <tr>
      <td data-label={words.columns.at}>
        <Time at={at} />
      </td>
      <td data-label={words.columns.what}>
        <span>
          <Badge tone={TONES[outcome]}>{words.outcomes[outcome]}</Badge>{' '}
          <span class="muted small">{fault === null ? words.messages(messages) : <span class="mono">{fault}</span>}</span>
        </span>
      </td>
      <td data-label={words.columns.protocol}>
        {protocol} <span class="muted small">{transport}</span>
      </td>
      <td data-label={words.columns.size} class="is-number">
        {sayBytes(size)}
      </td>
      <td data-label={words.columns.head}>
        <a class="mono" href={hrefOf(['frames', oid, id])} aria-label={`${words.open}: ${pairs}`}>
          {pairs}
          {size > 12 ? ' …' : ''}
        </a>
      </td>
    </tr>
  );
}
