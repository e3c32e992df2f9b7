import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AddressRule } from './address-rule.ts';
import { filterOf, problemsOf, secretsInForce, wants, type EventFilter } from './endpoint.ts';
import { judge, type PostResult } from './outcome.ts';
import { nextTryAt, restMs, type RetryRules } from './schedule.ts';

const T0 = Date.UTC(2026, 0, 5, 8);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const RULES: RetryRules = { firstMs: 5_000, longestMs: 12 * HOUR, giveUpMs: 3 * DAY };

const urlProblems = (url: string, allowHttp = false) =>
  problemsOf({ url }, { allowHttp, addresses: new AddressRule(['10.0.0.1']) });

describe('the address of an endpoint', () => {
  test.each([
    'https://hooks.example.com/odograph?x=1',
    'https://hooks.example.com:8443/',
    'https://8.8.8.8/',
    'https://10.0.0.1/',
    'https://[2606:4700::1111]:1024/',
    'https://münchen.example/',
  ])('may be %s', (url) => {
    expect(urlProblems(url)).toEqual([]);
  });

  test.each([
    ['hooks.example.com', 'begins with https://'],
    ['http://hooks.example.com', 'begins with https://'],
    ['ftp://hooks.example.com', 'begins with https://'],
    ['file:///etc/passwd', 'begins with https://'],
    ['https://', 'begins with https://'],
    ['https://user:secret@hooks.example.com', 'without user and password'],
    ['https://user@hooks.example.com', 'without user and password'],
    ['https://hooks.example.com/#part', 'behind #'],
    ['https://hooks.example.com:22/', 'port 443, 80, or one from 1024 on, not 22'],
    ['https://127.0.0.1/', 'the machine itself'],
    ['https://2130706433/', 'the machine itself'],
    ['https://0177.0.0.1/', 'the machine itself'],
    ['https://[::1]/', 'public internet'],
    ['https://[::ffff:169.254.169.254]/', 'metadata'],
    [`https://hooks.example.com/${'x'.repeat(2_048)}`, '2048 characters'],
  ])('may not be %s', (url, why) => {
    expect(urlProblems(url)).toEqual([expect.stringContaining(why)]);
  });

  test('may be without TLS where that is allowed', () => {
    expect(urlProblems('http://hooks.example.com', true)).toEqual([]);
    expect(urlProblems('ftp://hooks.example.com', true)).toEqual([expect.stringContaining('https:// or http://')]);
  });
});

test('everything that is wrong with an endpoint is said at once', () => {
  const filter = { types: ['tracker.born'], statuses: ['online'], providers: ['acme'] } as unknown as EventFilter;
  const problems = problemsOf(
    { url: 'x', description: 'y'.repeat(501), filter },
    { allowHttp: false, addresses: new AddressRule([]) },
  );
  expect(problems.map((problem) => problem.split(':')[0])).toEqual(['url', 'description', 'types', 'statuses', 'providers']);
  expect(problems[2]).toBe('types: tracker.born is none of tracker.registered, tracker.status_changed');
});

describe('a filter', () => {
  const event = { type: 'tracker.status_changed', status: 'connected', provider: 'targa' } as const;

  test('that says nothing wants everything', () => {
    expect(wants(filterOf(), event)).toBe(true);
  });

  test.each<[Partial<EventFilter>, boolean]>([
    [{ types: ['tracker.status_changed'] }, true],
    [{ types: ['tracker.registered'] }, false],
    [{ statuses: ['error_data', 'connected'] }, true],
    [{ statuses: ['error_data'] }, false],
    [{ providers: ['targa'] }, true],
    [{ providers: ['bmw'] }, false],
    [{ statuses: ['connected'], providers: ['bmw'] }, false],
  ])('%j wants a targa that connects: %s', (given, wanted) => {
    expect(wants(filterOf(given), event)).toBe(wanted);
  });

  test('keeps what a change leaves out, and no word twice', () => {
    const before = filterOf({ statuses: ['connected'], providers: ['bmw', 'bmw'] });
    expect(filterOf({ statuses: [] }, before)).toEqual({ types: [], statuses: [], providers: ['bmw'] });
  });
});

test('secrets are in force until they end', () => {
  const secrets = [
    { sealed: 'new', createdAt: T0, expiresAt: null },
    { sealed: 'old', createdAt: T0, expiresAt: T0 + HOUR },
  ];
  const names = (now: number) => secretsInForce({ secrets }, now).map(({ sealed }) => sealed);
  expect(names(T0 + HOUR - 1)).toEqual(['new', 'old']);
  expect(names(T0 + HOUR)).toEqual(['new']);
});

/** Times of all tries of a delivery that never succeeds, since the first. */
function triesOf(random: () => number): number[] {
  const tries = [0];
  for (let now = T0; ;) {
    const next = nextTryAt(RULES, { tries: tries.length, firstTryAt: T0, now, retryAfterMs: null }, random());
    if (next === null) return tries;
    tries.push(next - T0);
    now = next;
  }
}

describe('the schedule of tries', () => {
  test('begins with seconds, grows, and ends after about three days', () => {
    const tries = triesOf(() => 0.5);
    expect(tries.map((ms) => Math.round(ms / 1_000)).slice(0, 5)).toEqual([0, 5, 25, 105, 425]);
    expect(tries).toHaveLength(13);
    expect(tries.at(-1)).toBeGreaterThan(2.4 * DAY);
  });

  test('never goes beyond the longest pause and the time of giving up, whatever chance says', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 60, maxLength: 60 }), (chance) => {
        const tries = triesOf(() => chance.shift() ?? 0.5);
        const pauses = tries.slice(1).map((at, index) => at - (tries[index] as number));
        expect(Math.max(...pauses)).toBeLessThanOrEqual(12 * HOUR * 1.2);
        expect(Math.min(...pauses)).toBeGreaterThanOrEqual(4_000);
        expect(tries.at(-1)).toBeLessThanOrEqual(3 * DAY);
        expect(tries.at(-1)).toBeGreaterThan(3 * DAY - 12 * HOUR * 1.2 - 1);
      }),
    );
  });

  test('waits as long as the receiver asks, up to the longest pause', () => {
    const after = (retryAfterMs: number) => nextTryAt(RULES, { tries: 1, firstTryAt: T0, now: T0, retryAfterMs }, 0.5);
    expect(after(1_000)).toBe(T0 + 5_000);
    expect(after(90_000)).toBe(T0 + 90_000);
    expect(after(365 * DAY)).toBe(T0 + 12 * HOUR);
  });

  test('leaves an endpoint alone for a moment, longer while it fails', () => {
    expect([1, 2, 3, 9].map((failures) => restMs(RULES, failures, null, 0.5))).toEqual([5_000, 20_000, 60_000, 60_000]);
    expect(restMs(RULES, 1, 120_000, 0.5)).toBe(120_000);
    expect(restMs(RULES, 1, 365 * DAY, 0.5)).toBe(12 * HOUR);
  });
});

const answered = (status: number, retryAfter: string | null = null): PostResult => ({
  ms: 1,
  status,
  retryAfter,
  response: '',
});

describe('an answer', () => {
  test.each([
    [200, 'delivered', null],
    [204, 'delivered', null],
    [299, 'delivered', null],
    [199, 'failed', 'webhook_answer'],
    [301, 'failed', 'webhook_answer'],
    [304, 'failed', 'webhook_answer'],
    [400, 'failed', 'webhook_answer'],
    [404, 'failed', 'webhook_answer'],
    [410, 'gone', 'webhook_gone'],
    [500, 'failed', 'webhook_answer'],
  ])('%i means %s', (status, outcome, code) => {
    expect(judge(answered(status), T0)).toMatchObject({ outcome, code });
  });

  test.each([
    [429, '120', 120_000],
    [503, '0', 0],
    [503, new Date(T0 + 90_000).toUTCString(), 90_000],
    [503, new Date(T0 - 90_000).toUTCString(), 0],
    [503, 'soon', null],
    [429, null, null],
    [500, '120', null],
  ])('%i with retry-after %s asks to wait %s ms', (status, retryAfter, waitMs) => {
    expect(judge(answered(status, retryAfter), T0).retryAfterMs).toBe(waitMs);
  });

  test('that does not come is a failure with its reason', () => {
    const result = { ms: 1, status: null, code: 'webhook_timeout', detail: 'no answer within 15 s' } as const;
    expect(judge(result, T0)).toEqual({
      outcome: 'failed',
      code: 'webhook_timeout',
      detail: 'no answer within 15 s',
      retryAfterMs: null,
    });
  });
});
