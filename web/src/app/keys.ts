/** Shortcuts: single keys, or `g` and another one after it. Nothing happens while somebody writes, or with Ctrl, Alt or Meta. */
import { useEffect, useRef } from 'preact/hooks';

/** What keys do, by name: `?`, `j`, `Enter`, or `g 1` for one after the other. */
export type Keys = Readonly<Record<string, (event: KeyboardEvent) => void>>;

/** How long `g` waits for what follows, ms. */
const SECOND_KEY_MS = 1_500;

const before = { key: '', at: 0 };

/** Has keys do something while the component is shown. */
export function useKeys(keys: Keys): void {
  const newest = useRef(keys);
  newest.current = keys;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      if (event.key !== 'Escape' && isWriting(event.target)) return;
      if (document.querySelector('dialog[open]') !== null) return;
      const isSecond = before.key !== '' && event.timeStamp - before.at < SECOND_KEY_MS && before.at !== event.timeStamp;
      const act = (isSecond ? newest.current[`${before.key} ${event.key}`] : undefined) ?? newest.current[event.key];
      if (act !== undefined) {
        event.preventDefault();
        act(event);
      }
      queueMicrotask(() => Object.assign(before, { key: event.key === 'g' ? 'g' : '', at: event.timeStamp }));
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
