/** Asks before something is done that cannot be undone, does it, and says what went wrong. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { asProblem, type Problem } from '../api/problem.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { ProblemNotice } from './notice.tsx';

interface AskDialogProps {
  title: string;
  /** Words of the button that does it. */
  go: string;
  kind?: 'primary' | 'danger';
  /** Words of the button that does not; without them there is none. */
  not?: string;
  act: () => Promise<void>;
  onClose: () => void;
  children: ComponentChildren;
}

export function AskDialog({ title, go, kind = 'primary', not, act, onClose, children }: AskDialogProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await act();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="form" onSubmit={(event) => void submit(event)} noValidate>
        {children}
        {problem === null ? null : <ProblemNotice problem={problem} />}
        <div class="form-actions">
          <Button kind={kind} type="submit" busy={busy}>
            {go}
          </Button>
          {not === undefined ? null : <Button onClick={onClose}>{not}</Button>}
        </div>
      </form>
    </Dialog>
  );
}
