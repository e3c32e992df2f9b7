import { expect, test } from 'vitest';
import { Credentials, parseCredentials } from '../listen/mqtt/credentials.ts';
import { odograph } from './cli-fixture.ts';

test('the password it tells is that of the line it writes', async () => {
  const { code, out, err } = await odograph('mqtt-password', '356307042441013', '--username', 'box-7');
  expect(code).toBe(0);
  const password = Buffer.from(/^password: (\S{24})\n$/.exec(err)?.[1] ?? '');
  const credentials = new Credentials(parseCredentials(out), false);
  expect(credentials.identify({ username: 'box-7', password, certificateName: null })).toBe('356307042441013');
  expect(out).not.toContain(password.toString());
});

test('two passwords differ, and an ident that can stand in no topic has none', async () => {
  const [one, other] = await Promise.all([odograph('mqtt-password', '42'), odograph('mqtt-password', '42')]);
  expect(one.err).not.toBe(other.err);
  for (const words of [['a/b'], ['+'], ['42', '--username', 'two words']]) {
    expect((await odograph('mqtt-password', ...words)).code).toBe(64);
  }
});
