import type { ComponentChildren } from 'preact';
import type { components } from '../../api/client.ts';
import { Ago } from '../../parts/ago.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Time } from '../../parts/time.tsx';
import type { Tone } from '../../parts/tone.ts';
import { texts } from '../../texts/index.ts';

type Shown = components['schemas']['Why'];

const TONES: Readonly<Record<Shown['findings'][number]['certainty'], Tone>> = {
  certain: 'bad',
  likely: 'wait',
  possible: 'off',
};

/** Why a tracker stands where it stands, in words, with what they rest on, and what it went through. */
export function Why({ why }: { why: Shown }) {
  const words = texts.tracker.why;
  const { findings, lines, rejected, last_heard: heard, differs, validation, transitions } = why;
  return (
    <div class="why">
      <section class="panel panel-body" aria-label={words.title}>
        <h2>{words.title}</h2>
        <ul class="findings">
          {findings.map(({ cause, certainty, says, next }) => (
            <li key={cause}>
              <Badge tone={cause === 'well' ? 'good' : TONES[certainty]}>{words.certainty[certainty]}</Badge>
              <p>{says}</p>
              <p class="muted">
                {words.try} {next}
              </p>
            </li>
          ))}
        </ul>
        <h3>{words.all}</h3>
        <ul class="lines">
          {lines.map((line, i) => (
            <li key={i}>{line}</li>
          ))}
        </ul>
        {differs.length === 0 ? null : (
          <>
            <h3>{words.differs}</h3>
            <ul class="lines">
              {differs.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </>
        )}
      </section>
      <div class="why-facts">
        {heard === null ? null : <Heard heard={heard} />}
        {validation === null ? null : <Validation validation={validation} />}
        {rejected.length === 0 ? null : <Rejected rejected={rejected} />}
        <Transitions transitions={transitions} />
      </div>
    </div>
  );
}

function Facts({ title, facts }: { title: string; facts: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <section class="panel panel-body" aria-label={title}>
      <h2>{title}</h2>
      <dl class="facts">
        {facts.flatMap(([name, says]) => [<dt key={name}>{name}</dt>, <dd key={`${name} says`}>{says}</dd>])}
      </dl>
    </section>
  );
}

function Heard({ heard }: { heard: NonNullable<Shown['last_heard']> }) {
  const { heard: title, heardFacts: names } = texts.tracker.why;
  const { ident, protocol, listener, peer, first_frame_at: first, last_frame_at: last, last_quarantine: refused } = heard;
  return (
    <Facts
      title={title}
      facts={[
        [names.ident, <span class="mono">{ident}</span>],
        [names.protocol, protocol],
        [names.listener, listener],
        [names.peer, <span class="mono">{peer}</span>],
        [names.first, <Time at={first} />],
        [names.last, <Ago at={last} />],
        [names.frames, heard.frames],
        [names.messages, heard.messages],
        [names.duplicates, heard.duplicates],
        ...(refused === null
          ? []
          : [
              [
                names.quarantine,
                <>
                  <span class="mono">{refused.code}</span> · {refused.detail} · <Time at={refused.at} />
                </>,
              ] as const,
            ]),
      ]}
    />
  );
}

function Validation({ validation }: { validation: NonNullable<Shown['validation']> }) {
  const { validation: title, validationFacts: names } = texts.tracker.why;
  const { started_at: began, attempts, waiting_for: waits, last_answer: answer, next_try_at: next } = validation;
  return (
    <Facts
      title={title}
      facts={[
        [names.started, <Time at={began} />],
        [names.attempts, attempts],
        [names.waits, waits],
        ...(answer === null ? [] : [[names.answer, answer] as const]),
        ...(next === null ? [] : [[names.next, <Time at={next} />] as const]),
      ]}
    />
  );
}

function Rejected({ rejected }: { rejected: Shown['rejected'] }) {
  const { rejected: title, rejectedColumns: columns } = texts.tracker.why;
  return (
    <section class="panel panel-body" aria-label={title}>
      <h2>{title}</h2>
      <div class="table-scroll">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{columns.reason}</th>
              <th scope="col" class="is-number">
                {columns.count}
              </th>
              <th scope="col">{columns.last}</th>
            </tr>
          </thead>
          <tbody>
            {rejected.map(({ reason, means, count, last_at: last, last_detail: detail }) => (
              <tr key={reason}>
                <td>
                  {means}
                  <span class="muted small"> {detail}</span>
                </td>
                <td class="is-number">{count}</td>
                <td>
                  <Time at={last} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Transitions({ transitions }: { transitions: Shown['transitions'] }) {
  const { transitions: title } = texts.tracker.why;
  const { statuses } = texts;
  return (
    <section class="panel panel-body" aria-label={title}>
      <h2>{title}</h2>
      <ol class="transitions">
        {transitions.toReversed().map(({ id, from, to, cause, at }) => (
          <li key={id}>
            <p>
              {from === null ? null : <span class="muted">{statuses[from]} → </span>}
              <strong>{statuses[to]}</strong>
            </p>
            <p>{cause}</p>
            <p class="muted small">
              <Time at={at} />
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
