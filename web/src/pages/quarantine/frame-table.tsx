import type { components } from '../../api/client.ts';
import { count } from '../../format/number.ts';
import { Ago } from '../../parts/ago.tsx';
import { Badge } from '../../parts/badge.tsx';
import { texts } from '../../texts/index.ts';

export type Frame = components['schemas']['QuarantinedFrame'];
const HEX_SHOWN = 48;

export function FrameTable({ frames, onOpen }: { frames: readonly Frame[]; onOpen: (id: string) => void }) {
  const words = texts.quarantine;
  const { columns } = words;
  return (
    <div class="panel">
      <table class="table is-cards" aria-label={words.title}>
        <thead>
          <tr>
            <th scope="col">{columns.reason}</th>
            <th scope="col">{columns.from}</th>
            <th scope="col">{columns.received}</th>
            <th scope="col">{columns.retry}</th>
          </tr>
        </thead>
        <tbody>
          {frames.map((frame) => (
            <tr key={frame.id} class="quarantine-row">
              <td data-label={columns.reason}>
                <div class="quarantine-reason">
                  <button
                    type="button"
                    class="quarantine-open"
                    aria-label={words.open(frame.code)}
                    onClick={() => onOpen(frame.id)}
                  >
                    <code>{frame.code}</code>
                  </button>
                  <span class="small">{frame.detail}</span>
                  <span class="mono muted quarantine-hex">{hexOf(frame)}</span>
                </div>
              </td>
              <td data-label={columns.from}>
                <span>
                  <span class="mono">{frame.ident ?? words.noIdent}</span>
                  <span class="small muted quarantine-way">
                    {frame.protocol} · {frame.listener} · {words.bytes(count(frame.frame_bytes))}
                  </span>
                </span>
              </td>
              <td data-label={columns.received}>
                <Ago at={frame.received_at} />
              </td>
              <td data-label={columns.retry}>
                <Tried frame={frame} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The beginning of its bytes. */
function hexOf({ frame_hex: hex }: Frame): string {
  return hex.length > HEX_SHOWN ? `${hex.slice(0, HEX_SHOWN)}…` : hex;
}

function Tried({ frame: { state, is_waiting: isWaiting, last_retry: last } }: { frame: Frame }) {
  const words = texts.quarantine;
  if (state === 'retried') return <Badge tone="good">{words.retried}</Badge>;
  if (last !== null) return <Badge tone="bad">{last.code ?? last.result}</Badge>;
  return <Badge tone={isWaiting ? 'wait' : 'off'}>{isWaiting ? words.waiting : words.notTried}</Badge>;
}
