import { expect, test } from 'vitest';
import { GatewayError } from '#errors/gateway-error';
import { createLogger, type LogSettings } from './logger.ts';

function logged(settings: LogSettings, fields: object): string {
  const lines: string[] = [];
  createLogger(settings, { write: (line) => void lines.push(line) }).info(fields, 'it happened');
  return lines.join('');
}

test('a line is one JSON object with its level in words and its time in UTC', () => {
  const line = JSON.parse(logged({ level: 'info', format: 'json' }, { listener: 'trackers' })) as Record<string, unknown>;
  expect(line).toMatchObject({ level: 'info', listener: 'trackers', msg: 'it happened' });
  expect(line['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('secrets are masked at every level and depth', () => {
  const fields = { password: 'hunter2', clickhouse: { password: 'hunter2' }, config: { clickhouse: { password: 'hunter2' } } };
  for (const level of ['info', 'trace']) expect(logged({ level, format: 'json' }, fields)).not.toContain('hunter2');
});

test('device bytes are hex at debug and absent at info', () => {
  const fields = { frame: Uint8Array.of(0xca, 0xfe) };
  expect(logged({ level: 'info', format: 'json' }, fields)).not.toContain('cafe');
  expect(logged({ level: 'debug', format: 'json' }, fields).toLowerCase()).toContain('cafe');
});

test('an error is logged with its code', () => {
  const err = new GatewayError('spool_io', 'the disk refused a sync');
  expect(JSON.parse(logged({ level: 'info', format: 'json' }, { err }))).toMatchObject({ err: { code: 'spool_io' } });
});

test('pretty lines are for people', () => {
  expect(logged({ level: 'info', format: 'pretty' }, { port: 5027 })).toMatch(/INFO.*it happened.*5027/s);
});
