/** Frames in quarantine: why each is there, its bytes, and the way to try it again. */
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { go, hrefOf, place } from '../../app/router.ts';
import { mayManage, present } from '../../app/session.ts';
import { count } from '../../format/number.ts';
import { Button } from '../../parts/button.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Empty, Page } from '../../parts/page.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import { Filters } from './filters.tsx';
import { FrameDialog } from './frame.tsx';
import { FrameTable } from './frame-table.tsx';
import { isFiltered, queryOf, wishOf, type Wish } from './query.ts';
import { RetryAll } from './retry-all.tsx';
import './style.css';

const PAGE = 100;
const MOST = 500;

export default function QuarantinePage() {
  const words = texts.quarantine;
  const wish = wishOf(place.value.query);
  const [limit, setLimit] = useState(PAGE);
  const [open, setOpen] = useState<string | null>(null);
  const query = queryOf(wish);
  const { value, problem, again } = useLoaded(
    (stop) => ask(present().client.GET('/v1/quarantine', { params: { query: { ...query, limit } }, signal: stop })),
    [JSON.stringify(query), limit],
  );
  const items = value?.items ?? [];
  const change = (part: Partial<Wish>) => go(hrefOf(['quarantine'], { ...wish, ...part }), { replace: true });
  const isWhole = value?.next_cursor === null;
  const retriable = wish.state !== 'retried' && items.length > 0 && mayManage();
  return (
    <Page
      title={words.title}
      actions={
        <RetryAll
          key={JSON.stringify(query)}
          query={query}
          label={isWhole ? words.retryAll(count(items.length)) : words.retryMany}
          offered={retriable}
          onDone={again}
        />
      }
    >
      <p class="muted">{words.says}</p>
      <Filters wish={wish} onChange={change} />
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {value !== null && items.length === 0 ? (
        <Empty title={isFiltered(wish) ? words.none.filtered : words.none.title}>
          {isFiltered(wish) ? (
            <Button onClick={() => go(hrefOf(['quarantine']))}>{words.filters.clear}</Button>
          ) : (
            <p>{words.none.says}</p>
          )}
        </Empty>
      ) : null}
      {items.length === 0 ? null : <FrameTable frames={items} onOpen={setOpen} />}
      {value === null || isWhole || limit >= MOST ? null : (
        <p>
          <Button onClick={() => setLimit(MOST)}>{words.more}</Button>
        </p>
      )}
      {open === null ? null : <FrameDialog id={open} onRetried={again} onClose={() => setOpen(null)} />}
    </Page>
  );
}
