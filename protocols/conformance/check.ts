import { strictEqual } from 'node:assert/strict';
import type { Codec } from '#protocols/codec';
import { leftOver, type Drive } from './drive.ts';
import type { Golden } from './golden.ts';
import { printJson } from './print-json.ts';
import { stateDecoded } from './statement.ts';
import type { Subject } from './subject.ts';

/** Something that must hold for one golden. Throws where it does not. */
export interface GoldenCheck {
  sentence: string;
  applies: (golden: Golden, codec: Codec) => boolean;
  run: (subject: Subject, golden: Golden) => void;
}

/** Something that must hold for all goldens of a codec together. */
export interface CodecCheck {
  sentence: string;
  run: (subject: Subject) => void;
}

/** Throws unless two JSON values are the same, key order included. */
export function mustEqual(actual: unknown, expected: unknown, where: string): void {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return;
  const [found, wanted] = [printJson(actual), printJson(expected)];
  strictEqual(found, wanted, `${where}:\n${difference(found, wanted)}`);
}

/** Throws with the message unless the condition holds. */
export function must(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** The lines in which two texts differ, at most ten of each. */
function difference(found: string, wanted: string): string {
  const [foundLines, wantedLines] = [found.split('\n'), wanted.split('\n')];
  const extra = foundLines.filter((line) => !wantedLines.includes(line)).slice(0, 10);
  const missing = wantedLines.filter((line) => !foundLines.includes(line)).slice(0, 10);
  return [...missing.map((line) => `  wanted ${line}`), ...extra.map((line) => `  found  ${line}`)].join('\n');
}

/** All that came out of a drive, as plain JSON: two drives that saw the same stream must agree on it. */
export function stateDrive(drive: Drive): unknown {
  const frames = drive.frames.map(({ at, bytes, decoded }) => ({ at, length: bytes.length, ...stateDecoded(decoded, bytes) }));
  const refused = drive.refused.map(({ at, bytes, fault }) => ({ at, length: bytes.length, ...fault }));
  const { context, idleBytes, closedBy } = drive;
  return { frames, refused, context, idleBytes, closedBy, leftOver: closedBy === null ? leftOver(drive) : 0 };
}
