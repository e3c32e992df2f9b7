/** What was sent to a webhook, the newest first: looked at again by itself, and more often while something is on its way. */
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import type { components } from '../../api/client.ts';
import { present } from '../../app/session.ts';
import { Ago } from '../../parts/ago.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { SelectField } from '../../parts/field.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Empty } from '../../parts/page.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import { DeliveryDialog } from './delivery.tsx';
import { TONES } from './tones.ts';

type Delivery = components['schemas']['WebhookDelivery'];
const STATUSES = ['pending', 'delivered', 'failed'] as const;
const PAGE = 50;
const MOST = 500;
const AGAIN_MS = { moving: 2_000, still: 10_000 } as const;

interface DeliveriesProps {
  id: string;
  /** Grows when something was done that makes deliveries. */
  round: number;
  mayReplay: boolean;
  onReplayFailed: () => void;
}

export function Deliveries({ id, round, mayReplay, onReplayFailed }: DeliveriesProps) {
  const words = texts.webhooks.deliveries;
  const [status, setStatus] = useState<Delivery['status'] | ''>('');
  const [limit, setLimit] = useState(PAGE);
  const [open, setOpen] = useState<string | null>(null);
  const { value, problem, loading, again } = useLoaded(
    (stop) => {
      const query = { limit, ...(status === '' ? {} : { status }) };
      return ask(present().client.GET('/v1/webhooks/{id}/deliveries', { params: { path: { id }, query }, signal: stop }));
    },
    [id, round, status, limit],
  );
  const items = value?.items ?? [];
  const isMoving = items.some((delivery) => delivery.status === 'pending');
  useEffect(() => {
    const timer = setInterval(() => document.hidden || again(), isMoving ? AGAIN_MS.moving : AGAIN_MS.still);
    return () => clearInterval(timer);
  }, [isMoving, again]);
  return (
    <section class="panel" aria-label={words.title}>
      <div class="webhooks-head">
        <h2>{words.title}</h2>
        <SelectField
          label={words.filter}
          value={status}
          onValue={(chosen) => setStatus(STATUSES.find((each) => each === chosen) ?? '')}
        >
          <option value="">{words.statuses.all}</option>
          {STATUSES.map((each) => (
            <option key={each} value={each}>
              {words.statuses[each]}
            </option>
          ))}
        </SelectField>
        <Button icon="reload" label={words.again} busy={loading && value === null} onClick={again} />
        {mayReplay ? <Button onClick={onReplayFailed}>{texts.webhooks.actions.replayFailed}</Button> : null}
      </div>
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {value !== null && items.length === 0 ? (
        <Empty title={words.none.title}>
          <p>{words.none.says}</p>
        </Empty>
      ) : null}
      {items.length === 0 ? null : <Table items={items} onOpen={setOpen} />}
      {value?.next_cursor === null || value === null || limit >= MOST ? null : (
        <p class="webhooks-more">
          <Button onClick={() => setLimit(Math.min(MOST, limit + 2 * PAGE))}>{words.more}</Button>
        </p>
      )}
      {open === null ? null : (
        <DeliveryDialog webhook={id} delivery={open} mayReplay={mayReplay} onReplayed={again} onClose={() => setOpen(null)} />
      )}
    </section>
  );
}

function Table({ items, onOpen }: { items: readonly Delivery[]; onOpen: (id: string) => void }) {
  const words = texts.webhooks.deliveries;
  const { columns } = words;
  return (
    <table class="table is-cards">
      <thead>
        <tr>
          <th scope="col">{columns.event}</th>
          <th scope="col">{columns.status}</th>
          <th scope="col">{columns.at}</th>
          <th scope="col" class="is-number">
            {columns.tries}
          </th>
          <th scope="col">{columns.outcome}</th>
        </tr>
      </thead>
      <tbody>
        {items.map(({ id, event_type: type, event_at: at, status, tries, outcome }) => (
          <tr key={id} class="webhooks-delivery">
            <td data-label={columns.event}>
              <button type="button" class="webhooks-open" aria-label={words.open(type)} onClick={() => onOpen(id)}>
                {type}
              </button>
            </td>
            <td data-label={columns.status}>
              <Badge tone={TONES[status]}>{words.statuses[status]}</Badge>
            </td>
            <td data-label={columns.at}>
              <Ago at={at} />
            </td>
            <td data-label={columns.tries} class="is-number">
              {tries}
            </td>
            <td data-label={columns.outcome}>{outcome}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
