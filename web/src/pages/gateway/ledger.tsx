/** Where every frame went: a row of the table adds up, and so does the last one. */
import { hrefOf } from '../../app/router.ts';
import { count } from '../../format/number.ts';
import { Badge } from '../../parts/badge.tsx';
import { texts } from '../../texts/index.ts';
import type { GatewayNow } from './use-gateway.ts';

type Row = GatewayNow['ledger'][number];
const COLUMNS = ['received', 'stored', 'duplicate', 'quarantined', 'refused', 'in_flight'] as const;
const SIGNS = ['', '=', '+', '+', '+', '+'] as const;

export function LedgerPanel({ value: { ledger, ledger_off_by: offBy } }: { value: GatewayNow }) {
  const words = texts.gateway.ledger;
  const { columns } = words;
  const heads = [columns.received, columns.stored, columns.duplicate, columns.quarantined, columns.refused, columns.inFlight];
  return (
    <section class="panel" aria-label={words.title}>
      <div class="gateway-title gateway-head">
        <h2>{words.title}</h2>
        {ledger.length === 0 ? null : (
          <Badge tone={offBy === 0 ? 'good' : 'bad'}>{offBy === 0 ? words.balanced : words.off(count(offBy))}</Badge>
        )}
      </div>
      <p class="gateway-none muted small">{ledger.length === 0 ? words.none : words.says}</p>
      {ledger.length === 0 ? null : (
        <table class="table is-cards gateway-ledger">
          <thead>
            <tr>
              <th scope="col">{columns.listener}</th>
              <th scope="col">{columns.protocol}</th>
              {heads.map((head) => (
                <th key={head} scope="col" class="is-number">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ledger.map((row) => (
              <tr key={`${row.listener} ${row.protocol}`}>
                <td data-label={columns.listener}>
                  <strong>{row.listener}</strong>
                </td>
                <td data-label={columns.protocol}>{row.protocol}</td>
                <Numbers of={(column) => row[column]} heads={heads} />
              </tr>
            ))}
          </tbody>
          {ledger.length < 2 ? null : (
            <tfoot>
              <tr>
                <td data-label={columns.listener}>
                  <strong>{words.sum}</strong>
                </td>
                <td data-label={columns.protocol} />
                <Numbers of={(column) => ledger.reduce((sum, row) => sum + row[column], 0)} heads={heads} />
              </tr>
            </tfoot>
          )}
        </table>
      )}
      <Refusals ledger={ledger} />
    </section>
  );
}

function Numbers({ of, heads }: { of: (column: (typeof COLUMNS)[number]) => number; heads: readonly string[] }) {
  return (
    <>
      {COLUMNS.map((column, i) => (
        <td key={column} data-label={heads[i]} class={`is-number ${of(column) === 0 ? 'muted' : ''}`}>
          <span class="gateway-sign muted" aria-hidden="true">
            {SIGNS[i]}
          </span>
          {column === 'quarantined' && of(column) > 0 ? (
            <a href={hrefOf(['quarantine'])} title={texts.gateway.ledger.toQuarantine}>
              {count(of(column))}
            </a>
          ) : (
            count(of(column))
          )}
        </td>
      ))}
    </>
  );
}

function Refusals({ ledger }: { ledger: readonly Row[] }) {
  const all = ledger.flatMap(({ listener, refused_by: refusals }) => refusals.map((refusal) => ({ listener, ...refusal })));
  if (all.length === 0) return null;
  return (
    <details class="gateway-refusals">
      <summary>{texts.gateway.ledger.refusals}</summary>
      <ul>
        {all.map(({ listener, code, means, frames }) => (
          <li key={`${listener} ${code}`}>
            <span class="is-number">{count(frames)}</span>
            <span>
              <code>{code}</code> · {listener}
              <br />
              <span class="muted">{means}</span>
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
