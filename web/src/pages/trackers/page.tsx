/** All trackers: what needs somebody first, and what happens as it happens. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useKeys } from '../../app/keys.ts';
import { trackerHref } from '../../app/links.ts';
import { go, hrefOf, place } from '../../app/router.ts';
import { mayChange } from '../../app/session.ts';
import { useStream, type LiveState } from '../../live/stream.ts';
import { Button, ButtonLink } from '../../parts/button.tsx';
import { LiveMark } from '../../parts/live-mark.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Empty, Page } from '../../parts/page.tsx';
import { useMedia } from '../../parts/use-media.ts';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { texts } from '../../texts/index.ts';
import { Filters, Kinds } from './filters.tsx';
import { CATEGORIES, isFiltered, rowAt, rowsOf, wishOf, type Change, type Wish } from './query.ts';
import { HeadingRow, ListHead, TrackerRow } from './rows.tsx';
import { useDirectory, type DirectoryView } from './use-directory.ts';
import './style.css';

/** Counts are read again so long after changes were told, ms: first soon, then when the gateway has counted anew. */
const AGAIN_MS = [700, 4_000] as const;
/** Trackers whose places are told as they come; those of larger companies are read now and then. */
const FOLLOWED_MOST = 2_000;
const EVERY_MS = 15_000;
const ROW_PX = 44;
const CARD_PX = 88;

export default function TrackersPage() {
  const words = texts.trackers;
  const wish = wishOf(place.value.query);
  const directory = useDirectory(wish);
  const live = useLive(directory);
  const change = (part: Change) => go(hrefOf(['trackers'], { ...wish, ...part }), { replace: true });
  const actions = (
    <>
      <LiveMark state={live} />
      {mayChange() ? (
        <ButtonLink kind="primary" icon="plus" href={hrefOf(['register'])}>
          {words.register}
        </ButtonLink>
      ) : null}
    </>
  );
  return (
    <Page title={words.title} actions={actions}>
      <Kinds wish={wish} counts={directory.counts} onChange={change} />
      <Filters wish={wish} onChange={change} />
      {directory.problem === null ? null : <ProblemNotice problem={directory.problem} again={directory.again} />}
      {directory.total === 0 ? <Nothing wish={wish} /> : <List key={JSON.stringify(wish)} wish={wish} directory={directory} />}
    </Page>
  );
}

/** Keeps the list up to date: rows at once, counts a little later, places of those that can be seen. */
function useLive(directory: DirectoryView) {
  const live = useSignal<LiveState>('waiting');
  const all = CATEGORIES.reduce((sum, category) => sum + directory.counts[category], 0);
  const timers = useRef<number[]>([]);
  const soon = () => {
    for (const timer of timers.current) clearTimeout(timer);
    timers.current = AGAIN_MS.map((ms) => setTimeout(() => newest.current.again(), ms));
  };
  const newest = useRef(directory);
  newest.current = directory;
  useEffect(() => {
    const every = setInterval(() => document.hidden || newest.current.again(), EVERY_MS);
    return () => {
      clearInterval(every);
      for (const timer of timers.current) clearTimeout(timer);
    };
  }, []);
  useStream(
    {
      transition: (told) => {
        newest.current.noteTransition(told);
        soon();
      },
      // Of many more trackers than a list shows, nobody is told every place.
      ...(all <= FOLLOWED_MOST && {
        position: (told) => {
          if (newest.current.notePosition(told)) soon();
        },
      }),
      reset: soon,
    },
    undefined,
    live,
  );
  return live;
}

function List({ wish, directory }: { wish: Wish; directory: DirectoryView }) {
  const [chosen, setChosen] = useState(-1);
  const cards = useMedia('(max-width: 48rem)');
  const { total, counts } = directory;
  const headed = !cards && (wish.order ?? 'category') === 'category' && wish.category === undefined;
  const rows = rowsOf(total ?? 0, counts, headed);
  const trackerAt = (index: number) => {
    const row = rowAt(index, counts, headed);
    return 'at' in row ? directory.rowAt(row.at) : undefined;
  };
  const step = (by: 1 | -1) => {
    let next = chosen + by;
    while (next >= 0 && next < rows && 'heading' in rowAt(next, counts, headed)) next += by;
    if (next >= 0 && next < rows) setChosen(next);
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    Enter: () => {
      const tracker = trackerAt(chosen);
      if (tracker !== undefined) go(trackerHref(tracker.oid));
    },
  });
  const placeOfRow = (index: number) => {
    const row = rowAt(Math.min(index, rows - 1), counts, headed);
    return 'at' in row ? row.at : Math.max(0, index - 4);
  };
  return (
    <div class="panel long-list" role="table" aria-label={texts.trackers.title} aria-rowcount={rows + 1}>
      {cards ? null : <ListHead />}
      <VirtualList
        label={texts.trackers.title}
        count={rows}
        rowHeight={cards ? CARD_PX : ROW_PX}
        chosen={chosen}
        onRange={(first, end) => rows > 0 && directory.look(placeOfRow(first), placeOfRow(end) + 1)}
        row={(index) => {
          const row = rowAt(index, counts, headed);
          if ('heading' in row) return <HeadingRow index={index} category={row.heading} counts={counts} />;
          return (
            <TrackerRow index={index} row={directory.rowAt(row.at)} neededM={directory.neededM} chosen={index === chosen} />
          );
        }}
      />
    </div>
  );
}

function Nothing({ wish }: { wish: Wish }) {
  const { empty, none, clear } = texts.trackers;
  if (isFiltered(wish) || wish.category !== undefined) {
    return (
      <Empty title={empty.title}>
        <p>{empty.says}</p>
        <Button onClick={() => go(hrefOf(['trackers']))}>{clear}</Button>
      </Empty>
    );
  }
  return (
    <Empty title={none.title}>
      {mayChange() ? (
        <>
          <p>{none.says}</p>
          <div class="form-actions">
            <ButtonLink kind="primary" icon="plus" href={hrefOf(['register'])}>
              {none.register}
            </ButtonLink>
            <ButtonLink icon="upload" href={hrefOf(['import'])}>
              {none.import}
            </ButtonLink>
          </div>
        </>
      ) : null}
    </Empty>
  );
}
