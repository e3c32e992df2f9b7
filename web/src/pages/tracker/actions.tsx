/** What its owner may do with a tracker. What cannot be undone is asked twice. */
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import type { components } from '../../api/client.ts';
import { go, hrefOf } from '../../app/router.ts';
import { present } from '../../app/session.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { texts } from '../../texts/index.ts';
import { ChangeDialog } from './change-dialog.tsx';
import { useAct } from './use-act.ts';

type Tracker = components['schemas']['Tracker'];

type Open = 'validate' | 'change' | 'cancel' | 'remove' | null;

export function Actions({ tracker, changed }: { tracker: Tracker; changed: () => void }) {
  const words = texts.tracker.actions;
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const done = () => (close(), changed());
  const isOver = tracker.validation_status === 'disconnected';
  return (
    <div class="tracker-actions" role="group" aria-label={words.label}>
      {isOver ? null : (
        <>
          <Button icon="reload" onClick={() => setOpen('validate')}>
            {words.validate}
          </Button>
          <Button onClick={() => setOpen('change')}>{words.change}</Button>
          <Button onClick={() => setOpen('cancel')}>{words.cancel}</Button>
        </>
      )}
      <Button kind="danger" onClick={() => setOpen('remove')}>
        {words.remove}
      </Button>
      {open === 'validate' ? <ValidateDialog tracker={tracker} done={done} onClose={close} /> : null}
      {open === 'change' ? <ChangeDialog tracker={tracker} done={done} onClose={close} /> : null}
      {open === 'cancel' ? <CancelDialog tracker={tracker} done={done} onClose={close} /> : null}
      {open === 'remove' ? <RemoveDialog tracker={tracker} onClose={close} /> : null}
    </div>
  );
}

interface DialogProps {
  tracker: Tracker;
  done: () => void;
  onClose: () => void;
}

function ValidateDialog({ tracker, done, onClose }: DialogProps) {
  const words = texts.tracker.actions;
  const [odometer, setOdometer] = useState('');
  const { act, busy, problem } = useAct(done);
  const km = odometer.trim() === '' ? null : Number(odometer.replace(',', '.'));
  const isWrong = km !== null && (!Number.isFinite(km) || km < 0);
  const { tracker_id, provider } = tracker;
  const send = () =>
    ask(
      present().client.POST('/v1/trackers/validate', {
        body: { tracker_id, provider, ...(km === null ? {} : { odo_value: km }) },
      }),
    );
  return (
    <Dialog title={words.validateTitle} onClose={onClose}>
      <form class="form" onSubmit={(event) => (event.preventDefault(), isWrong || act(send))}>
        <p>{words.validateSays}</p>
        <TextField
          label={words.odometer}
          hint={words.odometerHint}
          inputMode="decimal"
          value={odometer}
          onValue={setOdometer}
          problem={isWrong ? words.odometerWrong : null}
        />
        {problem === null ? null : <ProblemNotice problem={problem} />}
        <div class="form-actions">
          <Button type="submit" kind="primary" busy={busy}>
            {words.validate}
          </Button>
          <Button onClick={onClose}>{words.never}</Button>
        </div>
      </form>
    </Dialog>
  );
}

function CancelDialog({ tracker: { oid }, done, onClose }: DialogProps) {
  const words = texts.tracker.actions;
  const { act, busy, problem } = useAct(done);
  const send = () => ask(present().client.POST('/v1/trackers/{oid}/cancel', { params: { path: { oid } } }));
  return (
    <Dialog title={words.cancelTitle} onClose={onClose}>
      <p>{words.cancelSays}</p>
      {problem === null ? null : <ProblemNotice problem={problem} />}
      <div class="form-actions">
        <Button kind="danger" busy={busy} onClick={() => act(send)}>
          {words.cancel}
        </Button>
        <Button onClick={onClose}>{words.never}</Button>
      </div>
    </Dialog>
  );
}

function RemoveDialog({ tracker: { oid, tracker_id: id }, onClose }: Omit<DialogProps, 'done'>) {
  const words = texts.tracker.actions;
  const [typed, setTyped] = useState('');
  const { act, busy, problem } = useAct(() => go(hrefOf(['trackers'])));
  const send = () => ask(present().client.DELETE('/v1/trackers/{oid}', { params: { path: { oid } } }));
  return (
    <Dialog title={words.removeTitle} onClose={onClose}>
      <form class="form" onSubmit={(event) => (event.preventDefault(), typed.trim() === id ? act(send) : undefined)}>
        <p>{words.removeSays}</p>
        <TextField label={words.removeType(id)} value={typed} onValue={setTyped} autocomplete="off" spellcheck={false} />
        {problem === null ? null : <ProblemNotice problem={problem} />}
        <div class="form-actions">
          <Button type="submit" kind="danger" busy={busy} disabled={typed.trim() !== id}>
            {words.remove}
          </Button>
          <Button onClick={onClose}>{words.never}</Button>
        </div>
      </form>
    </Dialog>
  );
}
