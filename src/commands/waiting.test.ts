import { expect, test } from 'vitest';
import type { Command } from '#model/command';
import { whatItWaitsFor, type Surroundings } from './waiting.ts';

const T0 = Date.UTC(2026, 0, 5, 8);

const COMMAND: Command = {
  id: 7,
  ident: '42',
  text: 'getinfo',
  addressed: false,
  maxAttempts: 3,
  queuedAt: T0,
  expiresAt: T0 + 3_600_000,
  status: 'queued',
  attempts: 0,
  sentAt: null,
  sessionId: null,
  protocol: null,
  answeredAt: null,
  result: null,
};

function wait(fields: Partial<Command> = {}, around: Partial<Surroundings> = {}): string {
  const heard = { protocol: 'teltonika', transport: 'tcp', lastFrameAt: T0 - 5_000 };
  return whatItWaitsFor({ ...COMMAND, ...fields }, { firstOpenId: 7, heard, takesCommands: true, at: T0 + 9_000, ...around });
}

test('an open command says what it waits for, one that has ended nothing', () => {
  const heard = { protocol: 'toy', transport: 'udp', lastFrameAt: T0 };
  const sent = { status: 'sent', attempts: 1, sentAt: T0 + 4_000 } as const;
  expect(wait({ status: 'answered' })).toBe('');
  expect(wait()).toBe('a session: none is open, last heard 2026-01-05T07:59:55Z over tcp');
  expect(wait({}, { at: T0 + 500 })).toBe('the gateway to send it');
  expect(wait({}, { firstOpenId: 3 })).toBe('command 3 of the same device');
  expect(wait({}, { heard: null })).toBe('the device to be heard for the first time');
  expect(wait({}, { heard, takesCommands: false })).toContain('toy has none');
  expect(wait({}, { heard })).toBe('a session over TCP: last heard 2026-01-05T08:00:00Z over udp');
  expect(wait(sent)).toBe('its answer, or another session: sent 5 s ago, 1 of 3 times');
  expect(wait({ ...sent, attempts: 3 })).toBe('its answer: sent 5 s ago, 3 of 3 times');
  expect(wait({}, { at: COMMAND.expiresAt })).toContain('its time is over');
});
