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

describe.each(
  [...CODECS.values()].filter(({ readdress }) => readdress !== undefined).map((codec) => [codec.name, codec] as const),
)('a frame of %s under another name', (_name, codec) => {
  it('names that device, says the same, and is whole', () => {
    let changed = 0;
    for (const { name, bytes, context, expected } of goldensOf(codec)) {
      const frame = codec.readdress?.(bytes, OTHER, context) ?? null;
      if (frame === null || frame === bytes || expected.ident === null) continue;
      changed++;
      const before = codec.decode(bytes, context);
      const after = codec.decode(frame, context);
      expect([name, after.ident]).toEqual([name, OTHER]);
      expect([name, meaningOf(after, frame)]).toEqual([name, meaningOf(before, bytes)]);
      if (isStream(context.transport)) {
        expect([name, codec.split(frame, 0, frame.length, context)]).toEqual([name, { kind: 'frame', end: frame.length }]);
      }
    }
    expect(changed).toBeGreaterThan(0);
  });

  it('is left as it is where it names nobody, and the bytes given are never changed', () => {
    for (const { bytes, context, expected } of goldensOf(codec)) {
      const copy = toHex(bytes);
      const frame = codec.readdress?.(bytes, OTHER, context);
      if (expected.ident === null && expected.faults.length === 0) expect(frame).toBe(bytes);
      expect(toHex(bytes)).toBe(copy);
    }
  });

  it('is not made for a name that the protocol cannot write', () => {
    for (const { bytes, context, expected } of goldensOf(codec)) {
      if (expected.ident !== null) expect(codec.readdress?.(bytes, 'a name with blanks', context)).toBeNull();
    }
  });
});

const contexts: readonly SessionContext[] = [null, 'X', 'X2.13', 'Y', 'Z'].map((dialect) => ({
  ident: OTHER,
  dialect,
  transport: 'tcp',
}));

describe.each(
  [...CODECS.values()].filter(({ encodeLogin }) => encodeLogin !== undefined).map((codec) => [codec.name, codec] as const),
)('a login of %s that a replay makes', (_name, codec) => {
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
