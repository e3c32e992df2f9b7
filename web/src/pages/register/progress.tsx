/** What becomes of a registration: where it stands, what to do, and how far it has driven. It moves by itself. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { trackerHref } from '../../app/links.ts';
import { hrefOf } from '../../app/router.ts';
import { mayChange, present } from '../../app/session.ts';
import { count } from '../../format/number.ts';
import { useStream, type LiveState } from '../../live/stream.ts';
import { Ago } from '../../parts/ago.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Bar } from '../../parts/bar.tsx';
import { ButtonLink } from '../../parts/button.tsx';
import { LiveMark } from '../../parts/live-mark.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { Page } from '../../parts/page.tsx';
import { toneOf } from '../../parts/tone.ts';
import { useLoaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import { Intake } from './intake.tsx';
import { Mend } from './mend.tsx';
import type { Why } from './why.ts';

/** What the stream tells is read again at most so often, ms. */
const AGAIN_MS = 400;
/** Validation moves in steps that no stream tells of, ms. */
const EVERY_MS = 3_000;

export function Progress({ oid }: { oid: string }) {
  const words = texts.progress;
  const path = { path: { oid } };
  const { value, problem, again } = useLoaded(
    async (signal) => {
      const { client } = present();
      const [why, { items }] = await Promise.all([
        ask(client.GET('/v1/trackers/{oid}/why', { params: path, signal })),
        ask(client.GET('/v1/providers', { signal })),
      ]);
      return { why, provider: items.find(({ name }) => name === why.tracker.provider) };
    },
    [oid],
  );
  const live = useWatched(oid, again, value?.why.tracker.category === 'connected');
  const why = value?.why;
  const actions = (
    <>
      <LiveMark state={live} />
      <ButtonLink href={trackerHref(oid)}>{words.open}</ButtonLink>
      <ButtonLink icon="plus" href={hrefOf(['register'])}>
        {words.another}
      </ButtonLink>
    </>
  );
  return (
    <Page title={why === undefined ? words.title : nameOf(why.tracker)} actions={actions} narrow>
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {why === undefined ? null : (
        <>
          <Standing why={why} />
          {mayChange() && value?.provider !== undefined ? (
            <>
              <Mend why={why} provider={value.provider} onMended={again} />
              {TAKES_DATA.has(why.tracker.validation_status) ? <Intake tracker={why.tracker} /> : null}
            </>
          ) : null}
          <History why={why} />
        </>
      )}
    </Page>
  );
}

function useWatched(oid: string, again: () => void, isDone: boolean) {
  const live = useSignal<LiveState>('waiting');
  const timer = useRef(0);
  const soon = () => {
    timer.current ||= setTimeout(() => {
      timer.current = 0;
      again();
    }, AGAIN_MS);
  };
  useStream({ position: soon, transition: soon, reset: soon }, [oid], live);
  useEffect(() => {
    const every = isDone ? 0 : setInterval(() => document.hidden || again(), EVERY_MS);
    return () => clearInterval(every);
  }, [isDone]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return live;
}

const nameOf = ({ tracker_id: id, object_id: said }: Why['tracker']): string =>
  typeof said['license_plate'] === 'string' ? said['license_plate'] : id;

/** Statuses in which data counts: at some providers it is what validates. */
const TAKES_DATA: ReadonlySet<string> = new Set(['pending_validation', 'pending_for_data']);

const STAGES = ['registered', 'validated', 'driving', 'connected'] as const;

/** How many stages lie behind a tracker. */
function stageOf(status: Why['tracker']['validation_status']): number {
  if (status === 'connected') return 4;
  if (status === 'pending_for_data' || status === 'error_data') return 2;
  return status === 'pending' ? 0 : 1;
}

function Standing({ why }: { why: Why }) {
  const words = texts.progress;
  const { tracker, metres, needed_metres: needed } = why;
  const stage = stageOf(tracker.validation_status);
  const connected = tracker.category === 'connected';
  const driven = connected ? needed : Math.min(metres, needed);
  const says = words.metres(count(Math.floor(driven)), count(needed));
  return (
    <section class="panel panel-body standing" data-status={tracker.validation_status}>
      <p class="standing-head">
        <Badge tone={toneOf(tracker.category)}>{texts.statuses[tracker.validation_status]}</Badge>
        <span class="muted">
          {texts.providers[tracker.provider]} · <span class="mono">{tracker.tracker_id}</span>
        </span>
      </p>
      <ol class="steps">
        {STAGES.map((name, i) => (
          <li
            key={name}
            class={i < stage ? 'is-done' : i === stage && tracker.category === 'error' ? 'is-wrong' : ''}
            aria-current={i === stage ? 'step' : undefined}
          >
            {words.stages[name]}
          </li>
        ))}
      </ol>
      <div class="driven">
        <span>{words.driven}</span>
        <span class="driven-of">{says}</span>
        <Bar value={driven} most={needed} label={words.driven} />
      </div>
      <Next why={why} />
    </section>
  );
}

function Next({ why: { tracker, next, validation, transitions } }: { why: Why }) {
  const words = texts.progress;
  if (tracker.category === 'connected') return <Notice tone="good">{words.done}</Notice>;
  const cause = transitions.at(-1)?.cause ?? '';
  const isAsked = tracker.validation_status === 'pending_validation';
  return (
    <Notice tone={toneOf(tracker.category)}>
      {tracker.category === 'error' ? (
        <p>
          <strong>{words.why}</strong> {sentence(cause)}
        </p>
      ) : null}
      <p>
        <strong>{words.todo}</strong> {isAsked ? words.wait : sentence(next.replace(`: ${cause}`, ''))}
      </p>
      {validation === null ? null : (
        <dl class="facts small">
          <dt>{words.waitsFor}</dt>
          <dd>{validation.waiting_for}</dd>
          {validation.last_answer === null ? null : (
            <>
              <dt>{words.lastAnswer}</dt>
              <dd>{validation.last_answer}</dd>
            </>
          )}
        </dl>
      )}
    </Notice>
  );
}

/** The gateway's words begin small and end without a stop, as parts of a line on a terminal do. */
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

function History({ why: { transitions, findings, tracker } }: { why: Why }) {
  const words = texts.progress;
  return (
    <>
      {findings.length === 0 || !['pending_for_data', 'error_data'].includes(tracker.validation_status) ? null : (
        <section class="panel panel-body">
          <h2>{words.findings}</h2>
          <ul class="lines">
            {findings.map(({ cause, says, next }) => (
              <li key={cause}>
                {sentence(says)} <span class="muted">{sentence(next)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section class="panel panel-body">
        <h2>{words.history}</h2>
        <ol class="lines">
          {transitions.toReversed().map(({ id, to, cause, at }) => (
            <li key={id}>
              <strong>{texts.statuses[to]}</strong>{' '}
              <span class="muted">
                <Ago at={at} />
              </span>
              <br />
              {sentence(cause)}
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}
