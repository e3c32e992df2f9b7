/** What stands in the list: headings, trackers as rows of a table, and as cards on a phone. */
import { trackerHref } from '../../app/links.ts';
import { count } from '../../format/number.ts';
import { Ago } from '../../parts/ago.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Bar } from '../../parts/bar.tsx';
import { toneOf } from '../../parts/tone.ts';
import { texts } from '../../texts/index.ts';
import type { Category } from '../../../../src/lifecycle/categories.ts';
import type { Counts } from './query.ts';
import type { Row } from './use-directory.ts';

export function ListHead() {
  const { columns } = texts.trackers;
  return (
    <div class="list-row list-head trackers-grid" role="row" aria-rowindex={1}>
      {[columns.tracker, columns.vehicle, columns.provider, columns.status, columns.heard, columns.since].map((name) => (
        <span key={name} role="columnheader">
          {name}
        </span>
      ))}
    </div>
  );
}

export function HeadingRow({ index, category, counts }: { index: number; category: Category; counts: Counts }) {
  return (
    <div class="list-row list-heading" role="row" aria-rowindex={index + 2}>
      <strong role="cell">
        {texts.trackers.categories[category]} <span class="muted">{count(counts[category])}</span>
      </strong>
    </div>
  );
}

interface TrackerRowProps {
  index: number;
  /** `undefined` while it is on its way. */
  row: Row | undefined;
  neededM: number;
  chosen: boolean;
}

export function TrackerRow({ index, row, neededM, chosen }: TrackerRowProps) {
  if (row === undefined) {
    return (
      <div class="list-row" role="row" aria-rowindex={index + 2}>
        <span role="cell">
          <span class="list-ghost" />
        </span>
      </div>
    );
  }
  const { name, below, vehicle } = wordsOf(row);
  return (
    <div
      class={`list-row trackers-grid ${chosen ? 'is-chosen' : ''}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={chosen}
    >
      <span role="cell" class="trackers-name">
        <a href={trackerHref(row.oid)}>{name}</a>
        {below === '' ? null : <span class="mono muted">{below}</span>}
      </span>
      <span role="cell" class="trackers-vehicle">
        {vehicle}
      </span>
      <span role="cell" class="trackers-provider">
        {texts.providers[row.provider]} <span class="muted">{texts.connectionTypes[row.type]}</span>
      </span>
      <span role="cell" class="trackers-status">
        <Badge tone={toneOf(row.category)}>{texts.statuses[row.validation_status]}</Badge>
        <ToGo row={row} neededM={neededM} />
      </span>
      <span role="cell" class="trackers-heard">
        {row.last_heard_at === null ? (
          <span class="muted">{texts.trackers.never}</span>
        ) : (
          <>
            <span class="trackers-label muted">{texts.trackers.seen} </span>
            <Ago at={row.last_heard_at} />
          </>
        )}
      </span>
      <span role="cell" class="trackers-since muted">
        <Ago at={row.status_since} />
      </span>
    </div>
  );
}

/** How far a tracker has come of the metres that make it connected. */
function ToGo({ row, neededM }: { row: Row; neededM: number }) {
  if (row.validation_status !== 'pending_for_data') return null;
  const driven = Math.min(Math.floor(row.metres), neededM);
  return (
    <span class="trackers-to-go small muted" title={texts.trackers.driven(driven, neededM)}>
      <Bar value={driven} most={neededM} label={texts.trackers.driven(driven, neededM)} />
      {texts.trackers.toGo(neededM - driven)}
    </span>
  );
}

/** The name that people know it by: its plate, else what it is called; below it the id, where that is another. */
function wordsOf({ tracker_id: id, object_id: said, vehicle_type: type }: Row): {
  name: string;
  below: string;
  vehicle: string;
} {
  const text = (key: string) => (typeof said[key] === 'string' ? said[key] : '');
  const plate = text('license_plate');
  const vehicle = [text('make'), text('model')].filter((word) => word !== '').join(' ');
  const kind = type === null ? '' : texts.vehicleTypes[type];
  return {
    name: plate === '' ? id : plate,
    below: plate === '' || plate === id ? '' : id,
    vehicle: vehicle === '' ? kind : vehicle,
  };
}
