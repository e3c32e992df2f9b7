/** Shows a secret this once, to be copied. */
import { useRef, useState } from 'preact/hooks';
import { texts } from '../texts/index.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

interface SecretDialogProps {
  title: string;
  says: string;
  label: string;
  secret: string;
  onClose: () => void;
}

export function SecretDialog({ title, says, label, secret, onClose }: SecretDialogProps) {
  const words = texts.keys.made;
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const copy = async () => {
    field.current?.select();
    // Over plain http there is no clipboard: then it is chosen, and Ctrl-C copies it.
    await navigator.clipboard?.writeText(secret).then(
      () => setCopied(true),
      () => undefined,
    );
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{says}</p>
      <div class="input-line">
        <input
          class="input mono"
          name="secret"
          aria-label={label}
          readOnly
          value={secret}
          ref={field}
          onFocus={(event) => event.currentTarget.select()}
        />
        <Button icon={copied ? 'check' : 'copy'} onClick={() => void copy()}>
          {copied ? words.copied : words.copy}
        </Button>
      </div>
      <div class="form-actions">
        <Button kind="primary" onClick={onClose}>
          {words.done}
        </Button>
      </div>
    </Dialog>
  );
}
