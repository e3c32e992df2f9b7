import { texts } from '../../texts/index.ts';
import { isInside, rawOf, sayingsOf, type Field, type Piece } from './layout.ts';

/** The fields of a frame, those inside of others indented. */
export function Fields({
  piece: { fields, stopped_at: stopped, kind },
  lit,
  onPoint,
  onKeep,
}: {
  piece: Piece;
  lit: number | null;
  onPoint: (field: number | null) => void;
  onKeep: (field: number | null) => void;
}) {
  const words = texts.frames;
  const outer = lit === null ? null : (fields[lit] as Field);
  const sections = new Set<string>();
  return (
    <div class="fields" onPointerLeave={() => onPoint(null)}>
      <table class="table fields-table">
        <thead>
          <tr>
            <th scope="col" class="is-number">
              {words.columns.byte}
            </th>
            <th scope="col">{words.columns.field}</th>
            <th scope="col">{words.columns.value}</th>
            <th scope="col">{words.columns.meaning}</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field, index) => {
            const isNew = field.section !== null && !sections.has(field.section);
            if (field.section !== null) sections.add(field.section);
            const isLit =
              index === lit || (outer !== null && lit !== null && index > lit && isInside(field, outer) && outer.parts);
            return (
              <FieldRow
                key={index}
                field={field}
                index={index}
                isLit={isLit}
                stop={stopped !== null && !field.decoded && field.offset === stopped ? words.stopped(stopped) : null}
                section={isNew ? field.section : null}
                onPoint={onPoint}
                onKeep={onKeep}
              />
            );
          })}
          {stopped !== null && kind === 'incomplete' ? (
            <tr class="field-stop">
              <td colSpan={4}>{words.cut(stopped)}</td>
            </tr>
          ) : null}
        </tbody>
      </table>
    </div>
  );
}

function FieldRow({
  field,
  index,
  isLit,
  stop,
  section,
  onPoint,
  onKeep,
}: {
  field: Field;
  index: number;
  isLit: boolean;
  /** Said above it, where the decode has stopped before it. */
  stop: string | null;
  section: string | null;
  onPoint: (field: number | null) => void;
  onKeep: (field: number | null) => void;
}) {
  const words = texts.frames;
  const says = sayingsOf(field);
  const raw = rawOf(field);
  const classes = `field-row ${isLit ? 'is-lit' : ''} ${field.parts ? 'is-group' : ''} ${field.decoded ? '' : 'is-unread'}`;
  return (
    <>
      {stop === null ? null : (
        <tr class="field-stop">
          <td colSpan={4}>{stop}</td>
        </tr>
      )}
      <tr class={classes} data-field={index} onPointerEnter={() => onPoint(index)} onClick={() => onKeep(index)}>
        <td class="is-number mono">{field.offset}</td>
        <td style={{ paddingLeft: `${0.75 + field.depth * 0.9}rem` }}>
          <button
            type="button"
            class="field-name"
            aria-pressed={isLit}
            onFocus={() => (onPoint(index), onKeep(index))}
            onClick={() => onKeep(index)}
          >
            {field.decoded ? field.name : words.unread}
          </button>
        </td>
        <td>
          {says.map((say, i) => (
            <div key={i}>{say.value}</div>
          ))}
        </td>
        <td>
          {says.map(({ key, meaning }, i) => (
            <div key={i}>
              {key === '' ? null : <span class="mono small">{key} </span>}
              <span class="muted small">{meaning}</span>
            </div>
          ))}
          {raw === null ? null : <span class="muted small">{words.raw(raw)} </span>}
          {section === null ? null : <span class="muted small">{words.section(section)}</span>}
          {field.faults.map(({ code, detail }) => (
            <div key={code + detail} class="field-fault small">
              {detail} <span class="mono">{code}</span>
            </div>
          ))}
        </td>
      </tr>
    </>
  );
}
