/** A dissected frame: its bytes on the left, its fields on the right. What is pointed at on one side lights up on the other. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { components } from '../../api/client.ts';
import { Badge } from '../../parts/badge.tsx';
import { Notice } from '../../parts/notice.tsx';
import { sayBytes } from '../../format/units.ts';
import { texts } from '../../texts/index.ts';
import { Fields } from './fields.tsx';
import { HexGrid } from './hex-grid.tsx';
import { leavesOf, sayingsOf, type Field, type Piece } from './layout.ts';

type Dissected = components['schemas']['Dissection'];

export function Dissection({ dissection, onProtocol }: { dissection: Dissected; onProtocol: ((name: string) => void) | null }) {
  const words = texts.frames;
  const { pieces, pieces_left: left, protocol, candidates } = dissection;
  const isWhole = pieces.some(({ kind }) => !['refused', 'incomplete', 'idle'].includes(kind));
  return (
    <>
      {protocol === null ? <Notice tone="bad">{words.unknown}</Notice> : null}
      {pieces.map((piece, i) => (
        <PieceView
          key={`${i}-${piece.hex}`}
          piece={piece}
          title={pieces.length === 1 ? null : words.piece(i + 1, pieces.length)}
        />
      ))}
      {left === 0 ? null : <p class="muted">{words.left(left)}</p>}
      {protocol === null || !isWhole ? <Candidates candidates={candidates} onProtocol={onProtocol} /> : null}
    </>
  );
}

function PieceView({ piece, title }: { piece: Piece; title: string | null }) {
  const words = texts.frames;
  const { fields, kind, reply, messages, faults, stopped_at: stopped, hex, ident } = piece;
  const [pointed, setPointed] = useState<number | null>(null);
  const [kept, setKept] = useState<number | null>(null);
  const lit = pointed ?? kept;
  const leaves = useMemo(() => leavesOf(fields), [fields]);
  const scroll = useRef<'hex' | 'fields' | null>(null);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The other side follows, and never the one that somebody is at.
    if (lit === null || scroll.current === null) return;
    const part = root.current?.querySelector(`.${scroll.current === 'hex' ? 'fields' : 'hex'} [data-field="${lit}"]`);
    part?.scrollIntoView({ block: 'nearest' });
  }, [lit]);
  const from = (side: 'hex' | 'fields') => (field: number | null) => {
    scroll.current = side;
    setPointed(field);
  };
  const step = (by: number) => {
    scroll.current = 'hex';
    const at = lit === null ? -1 : leaves.findIndex((leaf) => leaf >= lit);
    setPointed(null);
    setKept(leaves[Math.max(0, Math.min(leaves.length - 1, (at === -1 ? (by > 0 ? -1 : leaves.length) : at) + by))] ?? null);
  };
  const facts = [
    sayBytes(hex.length / 2),
    ...(messages === 0 ? [] : [texts.tracker.frames.messages(messages)]),
    ...(ident === null ? [] : [ident]),
    ...(reply === null ? [] : [`${words.facts.reply} ${reply}`]),
  ];
  const [fault] = faults;
  return (
    <section class="panel piece" aria-label={title ?? words.fieldsTitle} ref={root}>
      <header class="piece-head">
        {title === null ? null : <h2>{title}</h2>}
        <Badge tone={faults.length > 0 ? 'bad' : 'good'}>{words.pieceKinds[kind] ?? kind}</Badge>
        <span class="muted small">{facts.join(' · ')}</span>
      </header>
      {fault === undefined ? null : (
        <p class="piece-fault">
          <strong>{stopped === null ? fault.code : (kind === 'incomplete' ? words.cut : words.stopped)(stopped)}</strong>{' '}
          {fault.detail} {stopped === null ? null : <span class="mono small">{fault.code}</span>}
        </p>
      )}
      <p class="piece-says" aria-live="polite">
        {lit === null ? <span class="muted">{words.nothing}</span> : <Said field={fields[lit] as Field} />}
      </p>
      <div class="piece-sides">
        <HexGrid piece={piece} lit={lit} onPoint={from('hex')} onKeep={setKept} onStep={step} />
        <Fields piece={piece} lit={lit} onPoint={from('fields')} onKeep={setKept} />
      </div>
    </section>
  );
}

/** The lit field in one line. */
function Said({ field }: { field: Field }) {
  const words = texts.frames;
  const [first] = sayingsOf(field);
  return (
    <>
      <span class="mono small">{words.bytesOf(field.offset, field.length)}</span>{' '}
      <strong>{field.decoded ? field.name : words.unread}</strong>
      {first === undefined ? null : ` ${first.value}`}
      {first === undefined || first.meaning === '' ? null : <span class="muted"> · {first.meaning}</span>}
    </>
  );
}

function Candidates({
  candidates,
  onProtocol,
}: {
  candidates: Dissected['candidates'];
  onProtocol: ((name: string) => void) | null;
}) {
  const words = texts.frames;
  return (
    <section class="panel panel-body" aria-label={words.candidates}>
      <h2>{words.candidates}</h2>
      <ul class="candidates">
        {candidates.map(({ protocol, outcome, reason }) => (
          <li key={protocol}>
            <Badge tone={outcome === 'frames' ? 'good' : outcome === 'none' ? 'off' : 'wait'}>{words.outcomes[outcome]}</Badge>
            <strong>{protocol}</strong>
            <span>{reason}</span>
            {onProtocol === null ? null : (
              <button
                type="button"
                class="link small"
                onClick={() => onProtocol(protocol)}
                aria-label={`${words.as}: ${protocol}`}
              >
                {words.as}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
