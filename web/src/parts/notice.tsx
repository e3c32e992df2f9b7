import type { ComponentChildren } from 'preact';
import { asProblem } from '../api/problem.ts';
import { texts } from '../texts/index.ts';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';
import type { Tone } from './tone.ts';

const ICONS = { good: 'check', wait: 'help', bad: 'wrong', off: 'help' } as const;

/** Something that is said in the page itself. What is wrong is read out at once. */
export function Notice({ tone, children, action }: { tone: Tone; children: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class={`notice tone-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon name={ICONS[tone]} size={18} />
      <div class="notice-words">{children}</div>
      {action === undefined ? null : <div>{action}</div>}
    </div>
  );
}

/** What went wrong, all of it, and the way to try again where there is one. */
export function ProblemNotice({ problem, again }: { problem: unknown; again?: () => void }) {
  const { message, reasons } = asProblem(problem);
  return (
    <Notice tone="bad" action={again === undefined ? undefined : <Button onClick={again}>{texts.errors.again}</Button>}>
      {reasons.length === 1 ? <p>{reasons[0]}</p> : <p>{message}</p>}
      {reasons.length < 2 ? null : (
        <ul>
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
