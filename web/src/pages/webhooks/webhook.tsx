/** One webhook: how it stands, what can be done with it, and what was sent to it. */
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import type { components } from '../../api/client.ts';
import { asProblem, type Problem } from '../../api/problem.ts';
import { go, hrefOf } from '../../app/router.ts';
import { mayChange, present } from '../../app/session.ts';
import { whole } from '../../format/time.ts';
import { Ago } from '../../parts/ago.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Button, ButtonLink } from '../../parts/button.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { Page } from '../../parts/page.tsx';
import { SecretDialog } from '../../parts/secret-dialog.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import { Deliveries } from './deliveries.tsx';
import { RemoveWebhook, ReplayFailed, RotateSecret } from './dialogs.tsx';
import { wantsOf } from './wants.ts';

export function WebhookView({ id }: { id: string }) {
  const words = texts.webhooks;
  const params = { path: { id } };
  const { value, problem, again } = useLoaded(
    (stop) => ask(present().client.GET('/v1/webhooks/{id}', { params, signal: stop })),
    [id],
  );
  const [dialog, setDialog] = useState<'rotate' | 'remove' | 'replay' | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const [said, setSaid] = useState('');
  const [failed, setFailed] = useState<Problem | null>(null);
  const [round, setRound] = useState(0);
  const act = async (what: Promise<unknown>, says = '') => {
    setFailed(null);
    try {
      await what;
      setSaid(says);
      again();
      setRound((before) => before + 1);
    } catch (error) {
      setFailed(asProblem(error));
    }
  };
  const { client } = present();
  const turn = () =>
    act(
      value?.enabled === true
        ? ask(client.POST('/v1/webhooks/{id}/disable', { params, body: {} }))
        : ask(client.POST('/v1/webhooks/{id}/enable', { params })),
    );
  const close = () => setDialog(null);
  return (
    <Page
      title={words.title}
      actions={
        <ButtonLink href={hrefOf(['webhooks'])} icon="back">
          {words.back}
        </ButtonLink>
      }
    >
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {value === null ? null : (
        <section class="panel panel-body" aria-label={value.url}>
          <Facts webhook={value} />
          {mayChange() ? (
            <Actions
              isEnabled={value.enabled}
              onPing={() => void act(ask(client.POST('/v1/webhooks/{id}/ping', { params })), words.pinged)}
              onTurn={() => void turn()}
              onDialog={setDialog}
            />
          ) : null}
          {said === '' ? null : <Notice tone="good">{said}</Notice>}
          {failed === null ? null : <ProblemNotice problem={failed} />}
        </section>
      )}
      {value === null ? null : (
        <Deliveries id={id} round={round} mayReplay={mayChange() && value.enabled} onReplayFailed={() => setDialog('replay')} />
      )}
      {dialog === 'rotate' ? (
        <RotateSecret id={id} onClose={close} onDone={(made) => (close(), setSecret(made), again())} />
      ) : null}
      {dialog === 'remove' ? <RemoveWebhook id={id} onClose={close} onDone={() => go(hrefOf(['webhooks']))} /> : null}
      {dialog === 'replay' ? (
        <ReplayFailed id={id} onClose={close} onDone={(says) => (close(), void act(Promise.resolve(), says))} />
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

function Facts({ webhook: value }: { webhook: components['schemas']['Webhook'] }) {
  const words = texts.webhooks;
  return (
    <>
      <div class="webhooks-name">
        <h2 class="mono">{value.url}</h2>
        <Badge tone={value.enabled ? 'good' : 'off'}>{value.enabled ? words.enabled : words.disabled}</Badge>
      </div>
      {value.description === '' ? null : <p>{value.description}</p>}
      {value.disabled_reason === null ? null : <Notice tone="wait">{words.why(value.disabled_reason)}</Notice>}
      <dl class="facts">
        <dt>{words.wants}</dt>
        <dd>{wantsOf(value)}</dd>
        <dt>{words.created}</dt>
        <dd>
          <Ago at={value.created_at} />
        </dd>
      </dl>
      {value.old_secret_until === null ? null : <p class="muted small">{words.oldSecret(whole(value.old_secret_until))}</p>}
    </>
  );
}

interface ActionsProps {
  isEnabled: boolean;
  onPing: () => void;
  onTurn: () => void;
  onDialog: (dialog: 'rotate' | 'remove') => void;
}

function Actions({ isEnabled, onPing, onTurn, onDialog }: ActionsProps) {
  const words = texts.webhooks;
  return (
    <div class="form-actions">
      {isEnabled ? <Button onClick={onPing}>{words.actions.ping}</Button> : null}
      <Button onClick={onTurn}>{isEnabled ? words.actions.disable : words.actions.enable}</Button>
      <Button onClick={() => onDialog('rotate')}>{words.actions.rotate}</Button>
      <Button kind="danger" onClick={() => onDialog('remove')}>
        {words.actions.remove}
      </Button>
    </div>
  );
}
