/** Webhooks of the company, or one of them with its deliveries. */
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import type { components } from '../../api/client.ts';
import type { PageProps } from '../../app/page-props.ts';
import { hrefOf } from '../../app/router.ts';
import { mayChange, present } from '../../app/session.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Empty, Page } from '../../parts/page.tsx';
import { SecretDialog } from '../../parts/secret-dialog.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import { NewWebhook } from './dialogs.tsx';
import { WebhookView } from './webhook.tsx';
import { wantsOf } from './wants.ts';
import './style.css';

type Webhook = components['schemas']['Webhook'];

export default function WebhooksPage({ rest: [id] }: PageProps) {
  return id === undefined ? <Webhooks /> : <WebhookView key={id} id={id} />;
}

function Webhooks() {
  const words = texts.webhooks;
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const { value, problem, again } = useLoaded(
    (stop) => ask(present().client.GET('/v1/webhooks', { params: { query: { limit: 500 } }, signal: stop })),
    [],
  );
  const create = mayChange() ? (
    <Button kind="primary" icon="plus" onClick={() => setMaking(true)}>
      {words.create}
    </Button>
  ) : null;
  return (
    <Page title={words.title} actions={create}>
      <p class="muted">{words.says}</p>
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {value?.items.length === 0 ? (
        <Empty title={words.none.title}>
          <p>{words.none.says}</p>
        </Empty>
      ) : null}
      <ul class="webhooks">
        {value?.items.map((webhook) => (
          <Row key={webhook.id} webhook={webhook} />
        ))}
      </ul>
      {making ? (
        <NewWebhook
          onDone={(made) => {
            setMaking(false);
            setSecret(made);
            again();
          }}
          onClose={() => setMaking(false)}
        />
      ) : null}
      {secret === null ? null : (
        <SecretDialog
          title={words.secret.title}
          says={words.secret.says}
          label={words.secret.label}
          secret={secret}
          onClose={() => setSecret(null)}
        />
      )}
    </Page>
  );
}

function Row({ webhook }: { webhook: Webhook }) {
  const words = texts.webhooks;
  const { id, url, description, enabled, disabled_reason: reason } = webhook;
  return (
    <li class="panel webhooks-row">
      <div class="webhooks-name">
        <a class="mono" href={hrefOf(['webhooks', id])}>
          {url}
        </a>
        <Badge tone={enabled ? 'good' : 'off'}>{enabled ? words.enabled : words.disabled}</Badge>
      </div>
      <p class="muted small">
        {description === '' ? '' : `${description} · `}
        {words.wants} {wantsOf(webhook)}
      </p>
      {reason === null ? null : <p class="small">{words.why(reason)}</p>}
    </li>
  );
}
