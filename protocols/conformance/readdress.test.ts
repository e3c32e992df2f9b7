/** Frames under another name: the same but for whom they name, and whole. */
import { describe, expect, it } from 'vitest';
import type { Codec, Decoded, SessionContext } from '#protocols/codec';
import { CODECS } from '#protocols/all';
import { toHex } from '#wire/hex';
import { isStream, loadGoldens } from './golden.ts';
import { stateDecoded } from './statement.ts';

const OTHER = '490154203237518';

/** What a frame says, without whom it names and how it is acknowledged. */
function meaningOf(decoded: Decoded, frame: Uint8Array) {
  const { kind, dialect, messages, faults } = stateDecoded(decoded, frame);
  // A frame may be longer with another name.
  return { kind, dialect, faults, messages: messages.map((message) => ({ ...message, identity: null })) };
}

function goldensOf(codec: Codec) {
  return loadGoldens(new URL(`../${codec.name}/golden`, import.meta.url)).filter(({ expected }) => expected.kind !== 'refused');
}

const withReaddress = [...CODECS.values()].filter((codec) => 'readdress' in codec).map((codec) => [codec.name, codec] as const);
const withLogin = [...CODECS.values()].filter((codec) => 'encodeLogin' in codec).map((codec) => [codec.name, codec] as const);

describe.each(withReaddress)('a frame of %s under another name', (_name, codec) => {
  it('names that device, says the same, and is whole', () => {
    const changed = goldensOf(codec).flatMap(({ name, bytes, context, expected }) => {
      const frame = codec.readdress?.(bytes, OTHER, context) ?? null;
      return frame === null || frame === bytes || expected.ident === null ? [] : [{ name, bytes, context, frame }];
    });
    expect(changed.length).toBeGreaterThan(0);
    for (const { name, bytes, context, frame } of changed) {
      const [before, after] = [codec.decode(bytes, context), codec.decode(frame, context)];
      expect([name, after.ident]).toEqual([name, OTHER]);
      expect([name, meaningOf(after, frame)]).toEqual([name, meaningOf(before, bytes)]);
    }
    for (const { name, frame, context } of changed.filter((one) => isStream(one.context.transport))) {
      expect([name, codec.split(frame, 0, frame.length, context)]).toEqual([name, { kind: 'frame', end: frame.length }]);
    }
  });

  it('is left as it is where it names nobody, and the bytes given are never changed', () => {
    const goldens = goldensOf(codec);
    const before = goldens.map(({ bytes }) => toHex(bytes));
    const nameless = goldens.filter(({ expected }) => expected.ident === null && expected.faults.length === 0);
    for (const { bytes, context } of nameless) expect(codec.readdress?.(bytes, OTHER, context)).toBe(bytes);
    for (const { bytes, context } of goldens) codec.readdress?.(bytes, OTHER, context);
    expect(goldens.map(({ bytes }) => toHex(bytes))).toEqual(before);
  });

  it('is not made for a name that the protocol cannot write', () => {
    const named = goldensOf(codec).filter(({ expected }) => expected.ident !== null);
    for (const { bytes, context } of named) expect(codec.readdress?.(bytes, 'a name with blanks', context)).toBeNull();
    expect(named.length).toBeGreaterThan(0);
  });
});

const contexts: readonly SessionContext[] = [null, 'X', 'X2.13', 'Y', 'Z'].map((dialect) => ({
  ident: OTHER,
  dialect,
  transport: 'tcp',
}));

describe.each(withLogin)('a login of %s that a replay makes', (_name, codec) => {
  it('names the device, and frames behind it are decoded as they were in the session', () => {
    for (const context of contexts) {
      const login = codec.encodeLogin?.(context) as Uint8Array;
      expect(codec.split(login, 0, login.length, { ...context, ident: null })).toEqual({ kind: 'frame', end: login.length });
      const decoded = codec.decode(login, { ident: null, dialect: null, transport: 'tcp' });
      expect([decoded.kind, decoded.ident, decoded.faults]).toEqual(['login', OTHER, []]);
      expect((decoded.dialect ?? context.dialect ?? 'X').slice(0, 1)).toBe((context.dialect ?? 'X').slice(0, 1));
    }
  });

  it('is not made for a name that is none', () => {
    for (const ident of [null, '', 'WF0AXXWPMAJB43745']) {
      expect(codec.encodeLogin?.({ ident, dialect: null, transport: 'tcp' })).toBeNull();
    }
  });
});
