/** A list that draws only the rows one can see: as smooth with a hundred thousand as with ten. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

interface VirtualListProps {
  label: string;
  /** Rows there are, drawn or not. */
  count: number;
  /** Height of each row, px: all have the same. */
  rowHeight: number;
  /** Row that is chosen with the keys; -1 for none. It is kept in view. */
  chosen?: number;
  /** Draws a row; it may be one whose content is not there yet. */
  row: (index: number) => ComponentChildren;
  /** Called with the first row that can be seen and the one behind the last. */
  onRange?: (first: number, end: number) => void;
}

/** Rows drawn beyond what can be seen, so that a quick scroll shows no gap. */
const BEYOND = 6;
/** Browsers draw nothing beyond some 16 million px. */
const HEIGHT_MOST = 15_000_000;

export function VirtualList({ label, count, rowHeight, chosen = -1, row, onRange }: VirtualListProps) {
  const list = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return undefined;
    const look = () => setView({ top: element.scrollTop, height: element.clientHeight });
    look();
    const resized = new ResizeObserver(look);
    resized.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      resized.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, []);
  useEffect(() => {
    const element = list.current;
    if (element === null || chosen < 0) return;
    const top = chosen * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = top + rowHeight - element.clientHeight;
  }, [chosen, rowHeight]);
  const shown = Math.min(count, Math.floor(HEIGHT_MOST / rowHeight));
  const first = Math.max(0, Math.min(shown, Math.floor(view.top / rowHeight) - BEYOND));
  const end = Math.min(shown, Math.ceil((view.top + view.height) / rowHeight) + BEYOND);
  useEffect(() => onRange?.(first, end), [first, end, count]);
  const rows = Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
  return (
    <div class="list" role="rowgroup" aria-label={label} tabIndex={0} ref={list}>
      <div class="list-space" role="presentation" style={{ height: `${shown * rowHeight}px` }}>
        {rows.map((index) => (
          <div
            key={index}
            role="presentation"
            style={{ position: 'absolute', insetInline: '0', top: `${index * rowHeight}px`, height: `${rowHeight}px` }}
          >
            {row(index)}
          </div>
        ))}
      </div>
    </div>
  );
}
