import { trackerHref } from '../../app/links.ts';
import { Badge } from '../../parts/badge.tsx';
import type { Tone } from '../../parts/tone.ts';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { useMedia } from '../../parts/use-media.ts';
import { texts } from '../../texts/index.ts';
import type { ImportRow } from './rows.ts';
import type { Outcome } from './run.ts';

const ROW_PX = 44;
const CARD_PX = 84;

const TONES: Readonly<Record<Outcome['state'] | 'ready' | 'wrong', Tone>> = {
  ready: 'off',
  wrong: 'bad',
  running: 'wait',
  registered: 'good',
  there: 'good',
  failed: 'bad',
};

/** The lines of the file, with what is wrong with each, and what has become of it. */
export function Preview({ rows, outcomes }: { rows: readonly ImportRow[]; outcomes: ReadonlyMap<number, Outcome> }) {
  const { columns, title } = texts.bulk;
  const cards = useMedia('(max-width: 48rem)');
  return (
    <div class="panel long-list" role="table" aria-label={title} aria-rowcount={rows.length + 1}>
      {cards ? null : (
        <div class="list-row list-head import-grid" role="row" aria-rowindex={1}>
          {[columns.line, columns.provider, columns.id, columns.plate, columns.outcome].map((name) => (
            <span key={name} role="columnheader">
              {name}
            </span>
          ))}
        </div>
      )}
      <VirtualList
        label={title}
        count={rows.length}
        rowHeight={cards ? CARD_PX : ROW_PX}
        row={(index) => {
          const row = rows[index];
          return row === undefined ? null : <PreviewRow index={index} row={row} outcome={outcomes.get(row.line)} />;
        }}
      />
    </div>
  );
}

function PreviewRow({
  index,
  row: { line, body, problems },
  outcome,
}: {
  index: number;
  row: ImportRow;
  outcome: Outcome | undefined;
}) {
  const state = problems.length > 0 ? 'wrong' : (outcome?.state ?? 'ready');
  const says = problems.length > 0 ? problems.join('; ') : outcome?.state === 'failed' ? outcome.says : '';
  const plate = body.object_id?.['license_plate'];
  const oid = outcome !== undefined && 'oid' in outcome ? outcome.oid : null;
  return (
    <div class="list-row import-grid" role="row" aria-rowindex={index + 2}>
      <span role="cell" class="muted import-line">
        {line}
      </span>
      <span role="cell">{texts.providers[body.provider] ?? body.provider}</span>
      <span role="cell" class="mono">
        {oid === null ? body.tracker_id : <a href={trackerHref(oid)}>{body.tracker_id}</a>}
      </span>
      <span role="cell">{typeof plate === 'string' ? plate : ''}</span>
      <span role="cell" class="import-outcome" title={says}>
        <Badge tone={TONES[state]}>{texts.bulk.outcomes[state]}</Badge> {says}
      </span>
    </div>
  );
}
