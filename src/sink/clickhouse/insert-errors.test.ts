import { ClickHouseError } from '@clickhouse/client';
import { describe, expect, it } from 'vitest';
import { judgeFailure } from './insert-errors.ts';

const answer = (code: string): ClickHouseError => new ClickHouseError({ message: 'why', code, type: 'NAME' });

describe('a failed insert', () => {
  it('blames a row only where ClickHouse speaks of its content', () => {
    expect(judgeFailure(answer('469'))).toMatchObject({ code: 'sink_rejected_row', kind: 'row' });
    expect(judgeFailure(answer('33'))).toMatchObject({ code: 'sink_rejected_row', kind: 'row' });
  });

  it.each([
    ['60', 'sink_schema', 'a table that is missing'],
    ['252', 'sink_unknown_outcome', 'too many parts'],
    ['241', 'sink_unknown_outcome', 'memory'],
    ['243', 'sink_unknown_outcome', 'a full disk'],
    ['516', 'sink_unknown_outcome', 'a wrong password'],
    ['99999', 'sink_unknown_outcome', 'a code of a later version'],
  ])('%s (%s) is tried again: %s', (code, expected) => {
    expect(judgeFailure(answer(code))).toMatchObject({ code: expected, kind: 'retry' });
  });

  it('takes a broken connection for ClickHouse being away', () => {
    expect(judgeFailure(new Error('socket hang up'))).toMatchObject({ code: 'sink_unreachable', kind: 'retry' });
    expect(judgeFailure('timeout')).toMatchObject({ code: 'sink_unreachable', detail: 'timeout' });
  });
});
