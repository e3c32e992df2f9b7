/** The files of a codec that knows nothing yet. What is in capitals between angle brackets is for its author to write. */
import { printJson } from '../../protocols/conformance/print-json.ts';
import { QUALITY_RULES } from '../../protocols/conformance/quality-rules.ts';

/** `my-protocol` as it is written in code: `myProtocol`. */
function identifierOf(name: string): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** The files of a new codec by their path in its folder. */
export function codecFiles(name: string): Record<string, string> {
  return {
    'README.md': readme(name),
    'index.ts': index(name),
    'frame.ts': frame(name),
    'decode.ts': decode(name),
    'codec.test.ts': codecTest(name),
    'quality.json': quality(name),
  };
}

/** `protocols/all.ts` with the codec in it. */
export function registered(source: string, name: string): string {
  const identifier = identifierOf(name);
  const list = /codecRegistry\(\[([^\]]*)\]\)/.exec(source);
  if (list === null) throw new Error('protocols/all.ts has no codecRegistry([…])');
  const known = (list[1] ?? '').split(',').map((entry) => entry.trim());
  const entries = [...known.filter((entry) => entry !== ''), identifier];
  const imports = `import { ${identifier} } from './${name}/index.ts';\n`;
  const afterImports = source.lastIndexOf('import ');
  const lineEnd = source.indexOf('\n', afterImports) + 1;
  const withImport = source.slice(0, lineEnd) + imports + source.slice(lineEnd);
  return withImport.replace(list[0], `codecRegistry([${entries.join(', ')}])`);
}

const readme = (name: string): string => `# ${name}

TODO: what speaks this protocol, and over what.

## Source

TODO: title, revision and address of the specification. What is known only from a peer or from captures, and what is inferred.

## Acknowledgement

TODO: which bytes let the device forget a frame, what it does without them, and how a refusal looks.

## Dialects

TODO: a table of the models and firmwares that differ, and in what; or one sentence that there are none.

## Left undone

TODO: what is kept raw, what is not decoded, where a peer differs and why.
`;

const index = (name: string): string => `/**
 * The ${name} codec.
 *
 * Source: <TITLE, REVISION, SECTION>. <BYTE ORDER>. <THE RULE OF THE ACK, IN ONE SENTENCE.>
 */
import type { Codec } from '#protocols/codec';
import { decode } from './decode.ts';
import { MAX_FRAME_BYTES, probe, split } from './frame.ts';

export const ${identifierOf(name)}: Codec = {
  name: '${name}',
  version: 1,
  maxFrameBytes: MAX_FRAME_BYTES,
  probe,
  split,
  decode,
  replyToRefused: () => null,
};
`;

const frame = (name: string): string => `/**
 * Finds ${name} frames in a stream.
 *
 * Source: <TITLE, REVISION, SECTION>. <BYTE ORDER>. <THE ENVELOPE, AND WHAT ITS LENGTH AND CHECKSUM COUNT:>
 *
 *     mark u16 · length u16 · payload · check u16
 */
import { fault } from '#errors/fault';
import type { Probe, Split } from '#protocols/codec';

/** Longest frame. <WHERE THE NUMBER COMES FROM.> */
export const MAX_FRAME_BYTES = 1024;

/** See \`Codec.probe\`. Recognises nothing yet. */
export function probe(_bytes: Uint8Array, from: number, to: number): Probe {
  return to === from ? 'need-more' : 'mismatch';
}

/** See \`Codec.split\`. Refuses everything yet, a byte at a time. */
export function split(bytes: Uint8Array, from: number, to: number): Split {
  if (to === from) return { kind: 'need-more', atLeast: 1 };
  return { kind: 'refused', end: from + 1, fault: fault('wire_resync', 0, \`byte \${bytes[from]} starts no frame\`) };
}
`;

const decode = (name: string): string => `/**
 * Gives the meaning of ${name} frames.
 *
 * Source: <TITLE, REVISION, SECTION>. Looks at no byte after the frame and trusts none inside: what is too short or out of
 * range comes back as a fault.
 */
import { fault } from '#errors/fault';
import { emptyDecoded, type Decoded } from '#protocols/codec';

// type u8 · ...
/** See \`Codec.decode\`. */
export function decode(frame: Uint8Array): Decoded {
  const type = frame[0];
  const unknown = fault('decode_unsupported', 0, \`message type \${type} is not known\`);
  return { ...emptyDecoded('control'), faults: [unknown] };
}
`;

const codecTest = (name: string): string => `import { describeCodec } from '#protocols/conformance/describe-codec';
import { ${identifierOf(name)} } from './index.ts';

describeCodec(${identifierOf(name)}, {
  goldens: new URL('golden/', import.meta.url),
  checked: (frame) => ({ from: 0, end: frame.length }),
  lengthField: () => ({ offset: 2, width: 2 }),
  garbage: Uint8Array.of(0x13, 0x37),
});
`;

function quality(name: string): string {
  const rules = Object.fromEntries(Object.keys(QUALITY_RULES).map((rule) => [rule, 'todo']));
  const claims = {
    title: `<WHAT ${name} IS>`,
    spec: '<TITLE, REVISION>',
    devices: '<MODELS>',
    transports: ['tcp'],
    messageTypes: { login: null },
    rules,
  };
  return `${printJson(claims)}\n`;
}
