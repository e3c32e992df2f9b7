/** A delivery with what is sent and how it went, and the way to send it again. */
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import type { components } from '../../api/client.ts';
import { asProblem, type Problem } from '../../api/problem.ts';
import { present } from '../../app/session.ts';
import { lasting } from '../../format/amount.ts';
import { whole } from '../../format/time.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import { TONES } from './tones.ts';

/** How often one that is on its way is looked at, ms. */
const AGAIN_MS = 1_000;

interface DeliveryDialogProps {
  webhook: string;
  delivery: string;
  mayReplay: boolean;
  onReplayed: () => void;
  onClose: () => void;
}

export function DeliveryDialog({ webhook, delivery, mayReplay, onReplayed, onClose }: DeliveryDialogProps) {
  const words = texts.webhooks.delivery;
  const { replay, replayed } = texts.webhooks.deliveries;
  const params = { path: { id: webhook, delivery } };
  const { value, problem, again } = useLoaded(
    (stop) => ask(present().client.GET('/v1/webhooks/{id}/deliveries/{delivery}', { params, signal: stop })),
    [webhook, delivery],
  );
  const [sent, setSent] = useState(false);
  const [failed, setFailed] = useState<Problem | null>(null);
  const isMoving = value?.status === 'pending';
  useEffect(() => {
    if (!isMoving) return undefined;
    const timer = setInterval(again, AGAIN_MS);
    return () => clearInterval(timer);
  }, [isMoving, again]);
  const sendAgain = async () => {
    setFailed(null);
    try {
      await ask(present().client.POST('/v1/webhooks/{id}/deliveries/{delivery}/replay', { params }));
      setSent(true);
      again();
      onReplayed();
    } catch (error) {
      setFailed(asProblem(error));
    }
  };
  return (
    <Dialog title={words.title} onClose={onClose}>
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {value === null ? null : (
        <>
          <Shown delivery={value} />
          {sent ? <Notice tone="good">{replayed}</Notice> : null}
          {failed === null ? null : <ProblemNotice problem={failed} />}
          {mayReplay ? (
            <div class="form-actions">
              <Button kind="primary" icon="reload" onClick={() => void sendAgain()}>
                {replay}
              </Button>
            </div>
          ) : null}
        </>
      )}
    </Dialog>
  );
}

function Shown({ delivery: value }: { delivery: components['schemas']['WebhookDeliveryDetail'] }) {
  const words = texts.webhooks.delivery;
  const { statuses, columns } = texts.webhooks.deliveries;
  return (
    <>
      <dl class="facts">
        <dt>{columns.event}</dt>
        <dd>
          {value.event_type} · {whole(value.event_at)}
        </dd>
        <dt>{columns.status}</dt>
        <dd>
          <Badge tone={TONES[value.status]}>{statuses[value.status]}</Badge> {value.outcome}
        </dd>
        <dt>{words.id}</dt>
        <dd class="mono">{value.id}</dd>
        {value.next_try_at === null ? null : (
          <>
            <dt>{words.next}</dt>
            <dd>{whole(value.next_try_at)}</dd>
          </>
        )}
      </dl>
      <h3>{words.payload}</h3>
      <pre class="webhooks-payload" tabIndex={0} aria-label={words.payload}>
        {pretty(value.payload)}
      </pre>
      <h3>{words.attempts}</h3>
      {value.attempts.length === 0 ? <p class="muted">{words.noAttempts}</p> : null}
      <ol class="webhooks-attempts">
        {value.attempts.map(({ at, duration_ms: ms, http_status: status, code, detail, response }) => (
          <li key={at}>
            <p>
              <Badge tone={code === null ? 'good' : 'bad'}>{status === null ? (code ?? '') : words.http(status)}</Badge>{' '}
              {whole(at)}
              <span class="muted"> · {words.took(lasting(ms))}</span>
            </p>
            {code === null ? null : <p class="small">{detail}</p>}
            {response === null || response === '' ? null : (
              <p class="small">
                <span class="muted">{words.answer}: </span>
                <code>{response}</code>
              </p>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}

/** JSON as people read it; what is none stays as it is. */
function pretty(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}
