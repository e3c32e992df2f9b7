/** All trackers. */
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { mayChange, present } from '../../app/session.ts';
import { useStream, type LiveState } from '../../live/stream.ts';
import { Badge } from '../../parts/badge.tsx';
import { LiveMark } from '../../parts/live-mark.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Empty, Page } from '../../parts/page.tsx';
import { toneOf } from '../../parts/tone.ts';
import { useLoaded } from '../../parts/use-loaded.ts';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { texts } from '../../texts/index.ts';

const live = signal<LiveState>('waiting');

export default function TrackersPage() {
  const words = texts.trackers;
  const [text, setText] = useState('');
  const query = text.trim() === '' ? { limit: 100 } : { limit: 100, text: text.trim() };
  const { value, problem, again } = useLoaded(
    (stop) => ask(present().client.GET('/v1/trackers', { params: { query }, signal: stop })),
    [text],
  );
  useStream({ transition: again, reset: again }, undefined, live);
  const items = value?.items ?? [];
  return (
    <Page title={words.title} actions={<LiveMark state={live} />}>
      <input
        class="input"
        type="search"
        aria-label={words.search}
        placeholder={words.searchHint}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {value !== null && items.length === 0 ? (
        <Empty title={words.none.title}>{mayChange() ? <p>{words.none.says}</p> : null}</Empty>
      ) : (
        <div class="panel trackers" role="table" aria-label={words.title} aria-rowcount={items.length}>
          <VirtualList
            label={words.title}
            count={items.length}
            rowHeight={40}
            row={(index) => {
              const tracker = items[index];
              if (tracker === undefined) return null;
              return (
                <div
                  class="list-row"
                  role="row"
                  aria-rowindex={index + 1}
                  style={{ height: '40px', gridTemplateColumns: '1fr 1fr 1fr' }}
                >
                  <span role="cell" class="mono">
                    {tracker.tracker_id}
                  </span>
                  <span role="cell">{tracker.provider}</span>
                  <span role="cell">
                    <Badge tone={toneOf(tracker.category)}>{tracker.validation_status}</Badge>
                  </span>
                </div>
              );
            }}
          />
        </div>
      )}
    </Page>
  );
}
