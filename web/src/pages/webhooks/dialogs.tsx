/** What is done with webhooks. */
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { present } from '../../app/session.ts';
import { count } from '../../format/number.ts';
import { AskDialog } from '../../parts/ask-dialog.tsx';
import { CheckField, SelectField, TextField } from '../../parts/field.tsx';
import { texts } from '../../texts/index.ts';

const TYPES = ['tracker.registered', 'tracker.status_changed'] as const;
const HOUR_MS = 3_600_000;

export function NewWebhook({ onDone, onClose }: { onDone: (secret: string) => void; onClose: () => void }) {
  const words = texts.webhooks.form;
  const [url, setUrl] = useState('');
  const [description, setDescription] = useState('');
  const [types, setTypes] = useState<readonly (typeof TYPES)[number][]>(TYPES);
  const make = async () => {
    // All of them are an empty list: then it is told of what comes to be later, too.
    const events = types.length === TYPES.length ? {} : { types: [...types] };
    const body = { url: url.trim(), description: description.trim(), events };
    onDone((await ask(present().client.POST('/v1/webhooks', { body }))).secret);
  };
  return (
    <AskDialog title={words.title} go={words.go} act={make} onClose={onClose}>
      <TextField label={words.url} hint={words.urlHint} value={url} onValue={setUrl} name="url" autocomplete="off" autofocus />
      <TextField label={words.description} value={description} onValue={setDescription} name="description" autocomplete="off" />
      <fieldset class="webhooks-events">
        <legend>{words.events}</legend>
        {TYPES.map((type) => (
          <CheckField
            key={type}
            label={texts.webhooks.events[type]}
            checked={types.includes(type)}
            onValue={(checked) => setTypes(TYPES.filter((each) => (each === type ? checked : types.includes(each))))}
          />
        ))}
      </fieldset>
    </AskDialog>
  );
}

interface OneProps {
  id: string;
  onClose: () => void;
}

export function RotateSecret({ id, onDone, onClose }: OneProps & { onDone: (secret: string) => void }) {
  const words = texts.webhooks.rotating;
  const rotate = async () => {
    const params = { path: { id } };
    onDone((await ask(present().client.POST('/v1/webhooks/{id}/rotate-secret', { params, body: {} }))).secret);
  };
  return (
    <AskDialog title={words.title} go={words.go} not={words.not} act={rotate} onClose={onClose}>
      <p>{words.says}</p>
    </AskDialog>
  );
}

export function RemoveWebhook({ id, onDone, onClose }: OneProps & { onDone: () => void }) {
  const words = texts.webhooks.removing;
  const remove = async () => {
    await ask(present().client.DELETE('/v1/webhooks/{id}', { params: { path: { id } } }));
    onDone();
  };
  return (
    <AskDialog title={words.title} go={words.go} kind="danger" not={words.not} act={remove} onClose={onClose}>
      <p>{words.says}</p>
    </AskDialog>
  );
}

export function ReplayFailed({ id, onDone, onClose }: OneProps & { onDone: (says: string) => void }) {
  const words = texts.webhooks.replaying;
  const [hours, setHours] = useState('24');
  const replay = async () => {
    const body = { since: new Date(Date.now() - Number(hours) * HOUR_MS).toISOString() };
    const found = await ask(present().client.POST('/v1/webhooks/{id}/replay', { params: { path: { id } }, body }));
    onDone(words.done(count(found.deliveries), found.more));
  };
  return (
    <AskDialog title={words.title} go={words.go} not={words.not} act={replay} onClose={onClose}>
      <p>{words.says}</p>
      <SelectField label={words.since} value={hours} onValue={setHours}>
        {Object.entries(words.spans).map(([value, says]) => (
          <option key={value} value={value}>
            {says}
          </option>
        ))}
      </SelectField>
    </AskDialog>
  );
}
