/** One tracker: where it is and was, what it says, and why it stands where it stands. */
import { signal } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import type { PageProps } from '../../app/page-props.ts';
import { go, hrefOf, place } from '../../app/router.ts';
import { mayChange, present } from '../../app/session.ts';
import { useStream, type LivePosition, type LiveState } from '../../live/stream.ts';
import { LiveMark } from '../../parts/live-mark.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Page } from '../../parts/page.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import { Actions } from './actions.tsx';
import { Events } from './events.tsx';
import { FrameList } from './frame-list.tsx';
import { Head } from './head.tsx';
import { Overview } from './overview.tsx';
import { RangePicker } from './range-picker.tsx';
import { rangeOf, rangeQuery, type Range } from './range.ts';
import { Trips } from './trips.tsx';
import { Why } from './why.tsx';
import './style.css';

const TABS = ['map', 'trips', 'events', 'why', 'frames'] as const;
type Tab = (typeof TABS)[number];

const live = signal<LiveState>('waiting');

export default function TrackerPage({ rest: [oid = ''] }: PageProps) {
  return <Tracker key={oid} oid={oid} />;
}

function Tracker({ oid }: { oid: string }) {
  const words = texts.tracker;
  const { client } = present();
  const path = { oid };
  const why = useLoaded((stop) => ask(client.GET('/v1/trackers/{oid}/why', { params: { path }, signal: stop })), [oid]);
  const latest = useLoaded((stop) => ask(client.GET('/v1/telemetry/{oid}/latest', { params: { path }, signal: stop })), [oid]);
  const [positions, setPositions] = useState<readonly LivePosition[]>([]);
  const position = positions.at(-1) ?? null;
  // A vehicle may say where it is every second: what is read anew for it, is read now and then.
  useEffect(() => {
    if (position === null) return undefined;
    const timer = setTimeout(() => (latest.again(), why.again()), REREAD_MS);
    return () => clearTimeout(timer);
  }, [position === null ? 0 : Math.floor(Date.parse(position.received_at) / REREAD_MS)]);
  const again = () => (latest.again(), why.again());
  // Several may come at once, and each of them is a point of the track.
  const add = (one: LivePosition) => setPositions((before) => [...before.slice(-MOST_LIVE), one]);
  useStream({ position: add, transition: again, reset: again }, [oid], live);

  const { query } = place.value;
  const tab: Tab = TABS.find((name) => name === query.get('tab')) ?? 'map';
  // The last hours begin anew when something else is looked at, and not with every tick.
  const range = useMemo(() => rangeOf(query, Date.now()), [query.get('range'), query.get('from'), query.get('to'), tab]);
  const show = (to: { tab?: Tab; range?: Range }) =>
    go(hrefOf(['tracker', oid], { tab: to.tab ?? tab, ...rangeQuery(to.range ?? range) }));

  const tracker = why.value?.tracker ?? null;
  const title = tracker === null ? words.title : nameOf(tracker);
  return (
    <Page title={title} actions={<LiveMark state={live} />}>
      {why.problem === null ? null : <ProblemNotice problem={why.problem} again={why.again} />}
      {why.value === null ? null : (
        <>
          <Head why={why.value} heardAt={position?.received_at ?? latest.value?.received_at ?? null}>
            {mayChange() ? <Actions tracker={why.value.tracker} changed={again} /> : null}
          </Head>
          <div class="tracker-bar">
            <nav class="tabs" aria-label={words.tabsLabel}>
              {TABS.map((name) => (
                <a
                  key={name}
                  class="tab"
                  href={hrefOf(['tracker', oid], { tab: name, ...rangeQuery(range) })}
                  aria-current={name === tab ? 'page' : undefined}
                >
                  {words.tabs[name]}
                </a>
              ))}
            </nav>
            {tab === 'why' ? null : <RangePicker range={range} onRange={(next) => show({ range: next })} />}
          </div>
          {tab === 'map' ? (
            <Overview oid={oid} range={range} latest={latest} positions={positions} onRange={(next) => show({ range: next })} />
          ) : null}
          {tab === 'trips' ? <Trips oid={oid} range={range} onShow={(next) => show({ tab: 'map', range: next })} /> : null}
          {tab === 'events' ? <Events oid={oid} range={range} onShow={(next) => show({ tab: 'map', range: next })} /> : null}
          {tab === 'why' ? <Why why={why.value} /> : null}
          {tab === 'frames' ? <FrameList oid={oid} range={range} /> : null}
        </>
      )}
    </Page>
  );
}

const REREAD_MS = 4_000;
/** Places that are kept as they come. */
const MOST_LIVE = 5_000;

/** What people call a vehicle: its plate where it has one, else its id. */
function nameOf({ object_id: metadata, tracker_id: id }: { object_id: Record<string, unknown>; tracker_id: string }): string {
  const plate = metadata['license_plate'];
  return typeof plate === 'string' && plate !== '' ? plate : id;
}
