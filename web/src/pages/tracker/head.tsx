import type { ComponentChildren } from 'preact';
import type { components } from '../../api/client.ts';
import { hrefOf } from '../../app/router.ts';
import { Ago } from '../../parts/ago.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Bar } from '../../parts/bar.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Time } from '../../parts/time.tsx';
import { toneOf } from '../../parts/tone.ts';
import { sayMetres } from '../../format/units.ts';
import { texts } from '../../texts/index.ts';

type Why = components['schemas']['Why'];

/** How a tracker stands, at a glance: status, since when, last heard, what it is, and what comes next. */
export function Head({ why, heardAt, children }: { why: Why; heardAt: string | null; children: ComponentChildren }) {
  const words = texts.tracker;
  const { tracker, next, metres, needed_metres: needed } = why;
  const isDriving = tracker.validation_status === 'pending_for_data' || tracker.validation_status === 'error_data';
  return (
    <section class="panel tracker-head" aria-label={texts.statuses[tracker.validation_status]}>
      <div class="tracker-status">
        <a class="tracker-back small" href={hrefOf(['trackers'])}>
          <Icon name="back" size={14} />
          {words.back}
        </a>
        <p class="tracker-state">
          <Badge tone={toneOf(tracker.category)}>{texts.statuses[tracker.validation_status]}</Badge>
          <span class="muted small">
            {words.head.since} <Time at={tracker.status_since} />
          </span>
        </p>
        {isDriving ? (
          <div class="tracker-to-go">
            <Bar value={metres} most={needed} label={words.toGoLabel} />
            <span class="small">{words.toGo(sayMetres(metres), sayMetres(needed))}</span>
          </div>
        ) : null}
        {tracker.validation_status === 'connected' ? null : (
          <p class="small">
            <strong>{words.head.next}:</strong> {next}
          </p>
        )}
      </div>
      <dl class="tracker-facts">
        <Fact name={words.head.heard}>{heardAt === null ? words.head.never : <Ago at={heardAt} />}</Fact>
        <Fact name={words.head.vehicle}>{vehicleOf(tracker)}</Fact>
        <Fact name={words.head.provider}>
          {texts.providers[tracker.provider]} · {texts.connectionTypes[tracker.type]}
        </Fact>
        <Fact name={words.head.id}>
          <span class="mono">{tracker.tracker_id}</span>
        </Fact>
      </dl>
      {children}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function vehicleOf({ object_id: metadata, vehicle_type: kind }: Why['tracker']): string {
  const named = ['make', 'model', 'version'].flatMap((key) => (typeof metadata[key] === 'string' ? [metadata[key]] : []));
  return [named.join(' '), kind === null ? '' : texts.vehicleTypes[kind]].filter((text) => text !== '').join(' · ') || '–';
}
