import type { ComponentChildren, JSX, TargetedInputEvent } from 'preact';
import { useId } from 'preact/hooks';

interface FieldProps {
  label: string;
  hint?: string | undefined;
  /** What is wrong with what stands in it; nothing where it is right, or not looked at yet. */
  problem?: string | null | undefined;
  /** Said where it is right. */
  good?: string | null | undefined;
}

/** A label, its control, and what is said below: the hint, what is wrong, or that it is right. */
function Field({ label, hint, problem, good, id, children }: FieldProps & { id: string; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      <div id={`${id}-says`} aria-live="polite">
        {problem ? <p class="field-problem">{problem}</p> : good ? <p class="field-good">{good}</p> : null}
        {hint === undefined ? null : <p class="field-hint">{hint}</p>}
      </div>
    </div>
  );
}

/** What every control takes besides its own attributes. */
interface Controlled extends FieldProps {
  value: string;
  onValue: (value: string) => void;
}

type Attributes = Pick<
  JSX.IntrinsicElements['input'],
  'name' | 'autocomplete' | 'autofocus' | 'spellcheck' | 'placeholder' | 'required' | 'disabled' | 'onBlur'
>;

const controlled = (id: string, { problem }: FieldProps) => ({
  id,
  class: 'input',
  'aria-invalid': problem ? ('true' as const) : undefined,
  'aria-describedby': `${id}-says`,
});

interface TextFieldProps extends Controlled, Attributes {
  type?: 'text' | 'password';
  inputMode?: 'text' | 'numeric' | 'decimal';
  /** Stands beside the control. */
  beside?: ComponentChildren;
}

/** A line of text. */
export function TextField({ label, hint, problem, good, value, onValue, beside, type = 'text', ...rest }: TextFieldProps) {
  const id = useId();
  const facts: FieldProps = { label, hint, problem, good };
  const attributes = {
    ...rest,
    ...controlled(id, facts),
    type,
    value,
    onInput: (event: TargetedInputEvent<HTMLInputElement>) => onValue(event.currentTarget.value),
  } as JSX.IntrinsicElements['input'];
  const input = <input {...attributes} />;
  return (
    <Field {...facts} id={id}>
      {beside === undefined ? (
        input
      ) : (
        <div class="input-line">
          {input}
          {beside}
        </div>
      )}
    </Field>
  );
}

/** One of a list: its children are the options. */
export function SelectField({
  label,
  hint,
  problem,
  good,
  value,
  onValue,
  children,
}: Controlled & { children: ComponentChildren }) {
  const id = useId();
  const facts: FieldProps = { label, hint, problem, good };
  return (
    <Field {...facts} id={id}>
      <select {...controlled(id, facts)} value={value} onInput={(event) => onValue(event.currentTarget.value)}>
        {children}
      </select>
    </Field>
  );
}

/** Many lines of text. */
export function TextArea({
  label,
  hint,
  problem,
  good,
  value,
  onValue,
  name,
  rows = 6,
}: Controlled & { rows?: number; name?: string }) {
  const id = useId();
  const facts: FieldProps = { label, hint, problem, good };
  return (
    <Field {...facts} id={id}>
      <textarea
        {...controlled(id, facts)}
        name={name}
        rows={rows}
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
    </Field>
  );
}

/** A box to tick. */
export function CheckField({
  label,
  checked,
  onValue,
}: {
  label: string;
  checked: boolean;
  onValue: (checked: boolean) => void;
}) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onInput={(event) => onValue(event.currentTarget.checked)} />
      {label}
    </label>
  );
}
