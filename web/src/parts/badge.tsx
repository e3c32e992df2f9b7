import type { ComponentChildren } from 'preact';
import type { Tone } from './tone.ts';

/** A word that says how something stands. */
export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`badge tone-${tone}`}>{children}</span>;
}
