import type { Signal } from '@preact/signals';
import type { LiveState } from '../live/stream.ts';
import { texts } from '../texts/index.ts';

/** Says whether what is shown is kept up to date by itself. */
export function LiveMark({ state }: { state: Signal<LiveState> }) {
  return (
    <span class={`live is-${state.value}`} role="status" title={texts.shell.liveSays[state.value]}>
      {texts.shell.live[state.value]}
    </span>
  );
}
