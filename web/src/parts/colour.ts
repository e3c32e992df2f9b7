/** Colours of the theme for what draws them itself, on a canvas. */
import { colours } from '../app/colours.ts';

/** The colour that a property of the theme has at present, as `rgb(…)`. */
export function themeColour(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Calls back whenever the colours change; gives the way to stop that. */
export function onColours(changed: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  // The page has them a moment after the choice.
  const soon = () => requestAnimationFrame(changed);
  system.addEventListener('change', soon);
  let isFirst = true;
  const stop = colours.subscribe(() => {
    if (!isFirst) soon();
    isFirst = false;
  });
  return () => {
    system.removeEventListener('change', soon);
    stop();
  };
}
