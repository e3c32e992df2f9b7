import { useMemo } from 'preact/hooks';
import { useMedia } from '../../parts/use-media.ts';
import { texts } from '../../texts/index.ts';
import { isInside, rowsOf, type Field, type Piece } from './layout.ts';

/** The bytes of a frame in rows, each as part of its field. */
export function HexGrid({
  piece,
  lit,
  onPoint,
  onKeep,
  onStep,
}: {
  piece: Piece;
  lit: number | null;
  onPoint: (field: number | null) => void;
  onKeep: (field: number | null) => void;
  /** Goes so many fields on. */
  onStep: (by: number) => void;
}) {
  // Eight bytes in a row where there is little room.
  const width = useMedia(NARROW) ? 8 : 16;
  const rows = useMemo(() => rowsOf(piece, width), [piece, width]);
  const { fields, stopped_at: stopped } = piece;
  const outer = lit === null ? null : (fields[lit] as Field);
  return (
    <div
      class="hex mono"
      role="group"
      tabIndex={0}
      aria-label={texts.frames.hexLabel}
      onPointerLeave={() => onPoint(null)}
      onKeyDown={(event) => {
        const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (event.key === 'Escape') onKeep(null);
        if (by === undefined) return;
        event.preventDefault();
        onStep(by);
      }}
    >
      {rows.map(({ offset, runs, text }) => (
        <div class="hex-row" key={offset}>
          <span class="hex-offset">{offset.toString(16).padStart(4, '0')}</span>
          <span class="hex-bytes">
            {runs.map((run) => (
              <span
                key={run.offset}
                class={classOf(fields[run.field], run.field, lit, outer)}
                data-field={run.field}
                data-stop={stopped !== null && run.offset === stopped ? '' : undefined}
                onPointerEnter={() => onPoint(run.field)}
                onClick={() => onKeep(run.field)}
              >
                {run.bytes.join(' ')}
              </span>
            ))}
          </span>
          <span class="hex-text" aria-hidden="true">
            {text}
          </span>
        </div>
      ))}
    </div>
  );
}

function classOf(field: Field | undefined, index: number, lit: number | null, outer: Field | null): string {
  const isLit = lit !== null && (index === lit || (field !== undefined && outer !== null && isInside(field, outer)));
  return `hex-run ${isLit ? 'is-lit' : ''} ${field?.decoded === false ? 'is-unread' : ''} ${(field?.faults.length ?? 0) > 0 ? 'is-wrong' : ''}`;
}

const NARROW = '(max-width: 48rem)';
