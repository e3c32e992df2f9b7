/** What came that nothing knows: for who writes codecs, and for who wonders whose trackers these are. */
import { ask } from '../../api/ask.ts';
import type { components } from '../../api/client.ts';
import { hrefOf } from '../../app/router.ts';
import { mayChange, present } from '../../app/session.ts';
import { count } from '../../format/number.ts';
import { Ago } from '../../parts/ago.tsx';
import { Button } from '../../parts/button.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';

type Entry = components['schemas']['CensusEntry'];
const KINDS = ['ident', 'protocol', 'element', 'can', 'signal', 'event', 'fault'] as const;
const MOST = 20;

export function CensusPanel() {
  const words = texts.gateway.census;
  const { value, problem, loading, again } = useLoaded(
    (stop) => ask(present().client.GET('/v1/census', { params: { query: { limit: MOST } }, signal: stop })),
    [],
  );
  const kinds = KINDS.map((kind) => ({ kind, entries: value?.items.filter((entry) => entry.kind === kind) ?? [] }));
  return (
    <section class="panel" aria-label={words.title}>
      <div class="gateway-title gateway-head">
        <h2>{words.title}</h2>
        <Button icon="reload" busy={loading} onClick={again}>
          {words.again}
        </Button>
      </div>
      <p class="gateway-none muted small">{words.says}</p>
      {problem === null ? null : (
        <div class="gateway-none">
          <ProblemNotice problem={problem} again={again} />
        </div>
      )}
      {value?.items.length === 0 ? <p class="gateway-none">{words.none}</p> : null}
      {kinds.map(({ kind, entries }) =>
        entries.length === 0 ? null : <Kind key={kind} title={words.kinds[kind]} entries={entries} />,
      )}
    </section>
  );
}

function Kind({ title, entries }: { title: string; entries: readonly Entry[] }) {
  const { columns } = texts.gateway.census;
  return (
    <>
      <h3 class="gateway-kind">{title}</h3>
      <table class="table is-cards" aria-label={title}>
        <thead>
          <tr>
            <th scope="col">{columns.name}</th>
            <th scope="col">{columns.protocol}</th>
            <th scope="col" class="is-number">
              {columns.count}
            </th>
            <th scope="col">{columns.sample}</th>
            <th scope="col">{columns.last}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={`${entry.protocol} ${entry.name}`}>
              <td data-label={columns.name}>
                <Name entry={entry} />
              </td>
              <td data-label={columns.protocol}>{entry.protocol}</td>
              <td data-label={columns.count} class="is-number">
                {count(entry.count)}
              </td>
              <td data-label={columns.sample} class="mono gateway-sample">
                {entry.sample}
              </td>
              <td data-label={columns.last}>
                <Ago at={entry.last_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** An ident nobody registered leads to where it can be, a fault to its frames. */
function Name({ entry: { kind, name } }: { entry: Entry }) {
  const words = texts.gateway.census;
  if (kind === 'fault') {
    return (
      <a href={hrefOf(['quarantine'], { code: name })} title={words.frames}>
        <code>{name}</code>
      </a>
    );
  }
  if (kind !== 'ident' || !mayChange()) return <code>{name}</code>;
  return (
    <a href={hrefOf(['register'], { tracker_id: name })} title={words.register}>
      <code>{name}</code>
    </a>
  );
}
