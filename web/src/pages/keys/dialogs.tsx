/** What is done with keys. */
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { present, session, signOut } from '../../app/session.ts';
import { AskDialog } from '../../parts/ask-dialog.tsx';
import { SelectField, TextField } from '../../parts/field.tsx';
import { Notice } from '../../parts/notice.tsx';
import { texts } from '../../texts/index.ts';
import type { Key } from './key-state.ts';

interface DialogProps {
  company: string | undefined;
  /** Called with the secret of a key that was made, or `null` where none was. */
  onDone: (secret: string | null) => void;
  onClose: () => void;
}

const DAYS = [30, 90, 365];
const HOURS = [0, 1, 24, 168];

export function NewKey({ company, onDone, onClose }: DialogProps) {
  const words = texts.keys.form;
  const [name, setName] = useState('');
  const [role, setRole] = useState<'read' | 'admin'>('read');
  const [days, setDays] = useState('');
  const make = async () => {
    const body = {
      ...(company === undefined ? {} : { company_oid: company }),
      ...(name.trim() === '' ? {} : { name: name.trim() }),
      ...(days === '' ? {} : { expires_in_days: Number(days) }),
      role,
    };
    onDone((await ask(present().client.POST('/v1/api-keys', { body }))).secret);
  };
  return (
    <AskDialog title={words.title} go={words.go} act={make} onClose={onClose}>
      <TextField
        label={words.name}
        hint={words.nameHint}
        value={name}
        onValue={setName}
        name="name"
        autocomplete="off"
        autofocus
      />
      <div class="form-row">
        <SelectField label={words.role} value={role} onValue={(value) => setRole(value === 'admin' ? 'admin' : 'read')}>
          <option value="read">{words.roles.read}</option>
          <option value="admin">{words.roles.admin}</option>
        </SelectField>
        <SelectField label={words.expires} value={days} onValue={setDays}>
          <option value="">{words.ever}</option>
          {DAYS.map((each) => (
            <option key={each} value={String(each)}>
              {words.days(each)}
            </option>
          ))}
        </SelectField>
      </div>
    </AskDialog>
  );
}

export function RotateKey({ company, apiKey, onDone, onClose }: DialogProps & { apiKey: Key }) {
  const words = texts.keys.rotating;
  const [hours, setHours] = useState('24');
  const rotate = async () => {
    const body = { ...(company === undefined ? {} : { company_oid: company }), grace_hours: Number(hours) };
    const params = { path: { id: apiKey.id } };
    onDone((await ask(present().client.POST('/v1/api-keys/{id}/rotate', { params, body }))).secret);
  };
  return (
    <AskDialog title={words.title(apiKey.name)} go={words.go} act={rotate} onClose={onClose}>
      <p>{words.says}</p>
      <SelectField label={words.grace} value={hours} onValue={setHours}>
        {HOURS.map((each) => (
          <option key={each} value={String(each)}>
            {words.hours(each)}
          </option>
        ))}
      </SelectField>
    </AskDialog>
  );
}

export function RevokeKey({ company, apiKey, onDone, onClose }: DialogProps & { apiKey: Key }) {
  const words = texts.keys.revoking;
  const isOwn = apiKey.id === session.value?.keyId;
  const revoke = async () => {
    const params = { path: { id: apiKey.id }, query: company === undefined ? {} : { company_oid: company } };
    await ask(present().client.DELETE('/v1/api-keys/{id}', { params }));
    if (isOwn) signOut();
    else onDone(null);
  };
  return (
    <AskDialog title={words.title(apiKey.name)} go={words.go} kind="danger" not={words.not} act={revoke} onClose={onClose}>
      <p>{words.says}</p>
      {isOwn ? <Notice tone="wait">{words.own}</Notice> : null}
    </AskDialog>
  );
}
