import { useState } from 'preact/hooks';
import { VEHICLE_TYPES } from '#model/tracker';
import { ask } from '../../api/ask.ts';
import { present } from '../../app/session.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { SelectField, TextArea, TextField } from '../../parts/field.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { texts } from '../../texts/index.ts';
import { changeOf, formOf, type Tracker } from './change.ts';
import { useAct } from './use-act.ts';

/** Changes what is said of a tracker: ids, kind of vehicle, metadata. */
export function ChangeDialog({ tracker, done, onClose }: { tracker: Tracker; done: () => void; onClose: () => void }) {
  const words = texts.tracker.actions;
  const [form, setForm] = useState(() => formOf(tracker));
  const [isTold, setTold] = useState(false);
  const { act, busy, problem } = useAct(done);
  const { body, isJson } = changeOf(tracker, form);
  const text = (name: keyof typeof words.fields) => (
    <TextField label={words.fields[name]} value={form[name]} onValue={(value) => setForm({ ...form, [name]: value })} />
  );
  const send = () =>
    ask(present().client.PATCH('/v1/trackers/{oid}/update', { params: { path: { oid: tracker.oid } }, body: body ?? {} }));
  return (
    <Dialog title={words.changeTitle} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          setTold(true);
          if (isJson && body !== null) act(send);
        }}
      >
        <div class="form-row">
          {text('tracker_id')}
          {text('foreign_tracker_id')}
        </div>
        <div class="form-row">
          {text('license_plate')}
          <SelectField
            label={words.fields.vehicle_type}
            value={form.vehicle_type}
            onValue={(value) => setForm({ ...form, vehicle_type: value })}
          >
            <option value="">{words.noKind}</option>
            {VEHICLE_TYPES.map((kind) => (
              <option key={kind} value={kind}>
                {texts.vehicleTypes[kind]}
              </option>
            ))}
          </SelectField>
        </div>
        <div class="form-row">
          {text('make')}
          {text('model')}
          {text('version')}
        </div>
        <TextArea
          label={words.metadata}
          rows={4}
          value={form.others}
          onValue={(value) => setForm({ ...form, others: value })}
          problem={isJson ? null : words.metadataWrong}
        />
        {problem === null ? null : <ProblemNotice problem={problem} />}
        {isTold && isJson && body === null ? <Notice tone="wait">{words.nothing}</Notice> : null}
        <div class="form-actions">
          <Button type="submit" kind="primary" busy={busy}>
            {words.save}
          </Button>
          <Button onClick={onClose}>{words.never}</Button>
        </div>
      </form>
    </Dialog>
  );
}
