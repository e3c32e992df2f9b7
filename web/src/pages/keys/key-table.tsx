import { Ago } from '../../parts/ago.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { whole } from '../../format/time.ts';
import { texts } from '../../texts/index.ts';
import { isOver, type Key } from './key-state.ts';

interface KeyTableProps {
  keys: readonly Key[];
  /** Id of the key one is signed in with. */
  own: string;
  onRotate: (key: Key) => void;
  onRevoke: (key: Key) => void;
}

export function KeyTable({ keys, own, onRotate, onRevoke }: KeyTableProps) {
  const words = texts.keys;
  const { columns } = words;
  return (
    <div class="panel">
      <table class="table is-cards" aria-label={words.title}>
        <thead>
          <tr>
            <th scope="col">{columns.name}</th>
            <th scope="col">{columns.role}</th>
            <th scope="col">{columns.id}</th>
            <th scope="col">{columns.made}</th>
            <th scope="col">{columns.used}</th>
            <th scope="col">{columns.state}</th>
            <th scope="col">
              <span class="sr-only">{columns.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.id}>
              <td data-label={columns.name}>
                <span>
                  <strong>{key.name}</strong>
                  {key.id === own ? <span class="muted"> · {words.yours}</span> : null}
                </span>
              </td>
              <td data-label={columns.role}>{words.roles[key.role]}</td>
              <td data-label={columns.id}>
                <code>{key.id}</code>
              </td>
              <td data-label={columns.made}>
                <Ago at={key.created_at} />
              </td>
              <td data-label={columns.used}>
                {key.last_used_at === null ? <span class="muted">{words.never}</span> : <Ago at={key.last_used_at} />}
              </td>
              <td data-label={columns.state}>
                <State of={key} />
              </td>
              <td class="keys-actions">
                {isOver(key) ? null : (
                  <>
                    <Button onClick={() => onRotate(key)} aria-label={`${words.rotate}: ${key.name}`}>
                      {words.rotate}
                    </Button>
                    <Button kind="danger" onClick={() => onRevoke(key)} aria-label={`${words.revoke}: ${key.name}`}>
                      {words.revoke}
                    </Button>
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function State({ of: key }: { of: Key }) {
  const words = texts.keys.states;
  if (key.revoked_at !== null) return <Badge tone="off">{words.revoked}</Badge>;
  if (key.expires_at === null) return <Badge tone="good">{words.good}</Badge>;
  if (isOver(key)) return <Badge tone="off">{words.expired}</Badge>;
  return (
    <span class="keys-state">
      <Badge tone="wait">{words.until}</Badge>
      <span class="small">
        {whole(key.expires_at)}
        {key.replaced_by === null ? '' : `, ${words.replaced(key.replaced_by)}`}
      </span>
    </span>
  );
}
