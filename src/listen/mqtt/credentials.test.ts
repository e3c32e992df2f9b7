import { describe, expect, it } from 'vitest';
import { Credentials, formatCredential, hashPassword, parseCredentials } from './credentials.ts';

const book = (certificates = false) =>
  new Credentials([{ username: 'box-7', passwordHash: hashPassword('correct'), ident: '356307042441013' }], certificates);
const login = (username: string | undefined, password: string | undefined, certificateName: string | null = null) => ({
  username,
  password: password === undefined ? undefined : Buffer.from(password),
  certificateName,
});

describe('credentials', () => {
  it('give the ident of the user whose password it is', () => {
    expect(book().identify(login('box-7', 'correct'))).toBe('356307042441013');
  });

  it.each([
    ['box-7', 'wrong'],
    ['box-7', ''],
    ['box-7', undefined],
    ['box-8', 'correct'],
    [undefined, undefined],
    ['', ''],
    ['__proto__', 'correct'],
  ])('prove nothing for %s with %s', (username, password) => {
    expect(book().identify(login(username, password))).toBeNull();
  });

  it('take the name in a certificate where the listener is set to', () => {
    expect(book(true).identify(login(undefined, undefined, 'WVWZZZ1KZAW000001'))).toBe('WVWZZZ1KZAW000001');
    expect(book(false).identify(login(undefined, undefined, 'WVWZZZ1KZAW000001'))).toBeNull();
    expect(book(true).identify(login('box-7', 'correct'))).toBe('356307042441013');
  });

  it('keep no password: two hashes of one differ, and neither says it', () => {
    const [one, other] = [hashPassword('correct'), hashPassword('correct')];
    expect(one).not.toBe(other);
    expect(one).not.toContain('correct');
    expect(() => new Credentials([{ username: 'a', passwordHash: 'correct', ident: 'a' }], false)).toThrow('another form');
  });
});

describe('a file of credentials', () => {
  it('has one a line, and may have comments', () => {
    const credential = { username: 'box-7', ident: '356307042441013', passwordHash: hashPassword('correct') };
    expect(parseCredentials(`# the fleet\n\n${formatCredential(credential)}\r\n`)).toEqual([credential]);
  });

  it.each(['box-7 356307042441013', 'box-7 356307042441013 correct', `a b/c ${hashPassword('')}`, `a b ${hashPassword('')} d`])(
    'names the line that is none: %s',
    (line) => {
      expect(() => parseCredentials(`# the fleet\n${line}\n`)).toThrow('line 2 ');
    },
  );
});
