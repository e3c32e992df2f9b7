/** The correction that a status asks for, and the way to have the provider asked again. */
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { hrefOf } from '../../app/router.ts';
import { present } from '../../app/session.ts';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { texts } from '../../texts/index.ts';
import { AccountPanel } from './account.tsx';
import { kilometres } from './draft.ts';
import { checkId, type Provider } from './id-check.ts';
import { IdField } from './tracker-step.tsx';
import type { Why } from './why.ts';

interface MendProps {
  why: Why;
  provider: Provider;
  onMended: () => void;
}

/** Statuses in which somebody has to do something, by what that is. */
const MENDED_BY = {
  pending: 'validate',
  wrong_tracker_id: 'id',
  error_credentials: 'account',
  error_validating: 'odometer',
  error_capability: 'validate',
  error_rejected: 'validate',
  error_revoke: 'validate',
  error_access: 'validate',
} as const;

export function Mend({ why: { tracker }, provider, onMended }: MendProps) {
  const status = tracker.validation_status;
  const validation = useValidation(tracker, onMended);
  if (!(status in MENDED_BY)) return null;
  const way = MENDED_BY[status as keyof typeof MENDED_BY];
  const words = texts.progress;
  const problem = validation.problem === null ? null : <ProblemNotice problem={validation.problem} />;
  return (
    <section class="panel panel-body" aria-label={words.mendTitle}>
      {way === 'id' ? <IdMend tracker={tracker} provider={provider} validation={validation} /> : null}
      {way === 'account' ? <AccountPanel provider={provider} onKept={() => void validation.start({})} /> : null}
      {way === 'odometer' && provider.odometer ? <OdometerMend validation={validation} /> : null}
      {way === 'validate' || way === 'account' || (way === 'odometer' && !provider.odometer) ? (
        <>
          {way === 'account' ? null : <p>{status === 'pending' ? words.mend.pending : words.mend.other}</p>}
          {status === 'pending' && provider.odometer ? (
            <OdometerMend validation={validation} />
          ) : (
            <AgainButton status={status} validation={validation} />
          )}
        </>
      ) : null}
      {provider.family === 'oem' && status !== 'pending' ? (
        <p class="muted small">
          <a href={hrefOf(['register'])}>{words.mend.box}</a>
        </p>
      ) : null}
      {problem}
    </section>
  );
}

type Validation = ReturnType<typeof useValidation>;

function useValidation({ oid, tracker_id: trackerId, provider }: Why['tracker'], onMended: () => void) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  /** Corrects what is to be corrected, and has the provider asked. */
  const start = async ({ newId = trackerId, odometer }: { newId?: string; odometer?: number }) => {
    setBusy(true);
    setProblem(null);
    try {
      const { client } = present();
      if (newId !== trackerId) {
        await ask(client.PATCH('/v1/trackers/{oid}/update', { params: { path: { oid } }, body: { tracker_id: newId } }));
      }
      const odo = odometer === undefined ? {} : { odo_value: odometer };
      await ask(client.POST('/v1/trackers/validate', { body: { tracker_id: newId, provider, ...odo } }));
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
      onMended();
    }
  };
  return { busy, problem, start };
}

function AgainButton({ status, validation }: { status: Why['tracker']['validation_status']; validation: Validation }) {
  const words = texts.progress;
  return (
    <div class="form-actions">
      <Button kind="primary" busy={validation.busy} onClick={() => void validation.start({})}>
        {validation.busy ? words.working : status === 'pending' ? words.validate : words.again}
      </Button>
    </div>
  );
}

function IdMend({ tracker, provider, validation }: { tracker: Why['tracker']; provider: Provider; validation: Validation }) {
  const words = texts.progress;
  const [id, setId] = useState(tracker.tracker_id);
  const [tried, setTried] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (checkId(provider.tracker_id, id).state === 'good') void validation.start({ newId: id.trim() });
  };
  return (
    <form class="form" onSubmit={submit} noValidate>
      <IdField kinds={provider.tracker_id} value={id} onValue={setId} tried={tried} />
      <div class="form-actions">
        <Button kind="primary" type="submit" busy={validation.busy}>
          {validation.busy ? words.working : words.save}
        </Button>
      </div>
    </form>
  );
}

function OdometerMend({ validation }: { validation: Validation }) {
  const words = texts.progress;
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    const odometer = kilometres(text);
    if (odometer !== null) void validation.start({ odometer });
  };
  return (
    <form class="form" onSubmit={submit} noValidate>
      <TextField
        label={texts.register.odometer}
        hint={texts.register.odometerHint}
        name="odometer"
        inputMode="decimal"
        value={text}
        problem={tried && kilometres(text) === null ? texts.register.odometerWrong : null}
        onValue={setText}
      />
      <div class="form-actions">
        <Button kind="primary" type="submit" busy={validation.busy}>
          {validation.busy ? words.working : words.save}
        </Button>
      </div>
    </form>
  );
}
