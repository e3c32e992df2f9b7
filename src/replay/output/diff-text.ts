import { UNITS } from '#model/signal-row';
import type { Units } from '../decode-file.ts';
import type { Change, FrameChange, MessageChange } from '../diff.ts';

const HEX_BYTES_A_LINE = 32;

/** A changed frame for people: whose it is, its bytes, and what changed in it. */
export function frameChangeText({ before, after, parts }: FrameChange, units: { before: Units; after: Units }): string {
  const frame = after ?? before;
  if (frame === null) return '';
  const { frame: number, at, protocol, filed, session, from, hex, entry } = frame;
  const where =
    entry === null ? 'unfinished' : `bytes ${from} to ${from + hex.length / 2} of session ${session || '(unnamed)'}`;
  const head = `frame ${number}, ${at ?? 'at no time'}, ${protocol ?? 'no protocol'}, ident ${filed || 'not said'}, ${where}`;
  const lines = [head, ...hexLines(hex)];
  if (before === null) lines.push(`  + the frame is new: ${summaryOf(frame.decode)}`);
  else if (after === null) lines.push(`  - the frame is gone: it was ${summaryOf(frame.decode)}`);
  else for (const part of parts) lines.push(...partLines(part, units));
  return `${lines.join('\n')}\n`;
}

/** What is said of units that differ between two decodes; empty where none does. */
export function unitChangeText({ before, after }: { before: Units; after: Units }): string {
  const lines: string[] = [];
  for (const [key, unit] of before) {
    const now = after.get(key);
    if (now !== undefined && now !== unit) lines.push(`  ${key}  ${unitText(unit)} → ${unitText(now)}`);
  }
  return lines.length === 0 ? '' : `units\n${lines.sort().join('\n')}\n`;
}

/** Signals whose unit differs. */
export function countUnitChanges({ before, after }: { before: Units; after: Units }): number {
  return [...before].filter(([key, unit]) => after.has(key) && after.get(key) !== unit).length;
}

/** The bytes of a frame, so many a line, with the offset of each line. */
export function hexLines(hex: string): string[] {
  const lines: string[] = [];
  for (let at = 0; at < hex.length; at += HEX_BYTES_A_LINE * 2) {
    const bytes = hex.slice(at, at + HEX_BYTES_A_LINE * 2).replaceAll(/(..)(?=.)/g, '$1 ');
    lines.push(`  ${(at / 2).toString(16).padStart(4, '0')}  ${bytes}`);
  }
  return lines;
}

function summaryOf({
  kind,
  messages,
  faults,
}: {
  kind: string;
  messages: readonly unknown[];
  faults: readonly { code: string }[];
}): string {
  const codes = faults.map(({ code }) => code).join(', ');
  return `${kind}, ${messages.length} messages${codes === '' ? '' : `, ${codes}`}`;
}

function partLines({ message, deviceTime, changes }: MessageChange, units: { before: Units; after: Units }): string[] {
  if (message === null) return changes.map((change) => `  ${changeText(change, units)}`);
  const { before, after } = message;
  const head = `  ${nameOf(before, after)}${deviceTime === null ? '' : `, ${deviceTime}`}`;
  return [head, ...changes.map((change) => `    ${changeText(change, units)}`)];
}

function nameOf(before: number | null, after: number | null): string {
  if (before === null && after === null) return 'a message that is stored, and that no frame says any more';
  if (before === after || after === null) return `message ${before ?? ''}`;
  return before === null ? `message ${after}` : `message ${before} → ${after}`;
}

function changeText({ path, before, after }: Change, units: { before: Units; after: Units }): string {
  const key = path.startsWith('signals.') ? path.slice('signals.'.length) : null;
  const unit = (of: Units) => (key === null || !of.has(key) ? '' : ` ${of.get(key) ?? ''}`);
  if (before === undefined) return `+ ${path}  ${valueText(after)}${unit(units.after)}`;
  if (after === undefined) return `- ${path}  ${valueText(before)}${unit(units.before)}`;
  return `  ${path}  ${valueText(before)}${unit(units.before)} → ${valueText(after)}${unit(units.after)}`;
}

function valueText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : JSON.stringify(value);
}

function unitText(unit: string): string {
  const name = (UNITS as Readonly<Record<string, string>>)[unit];
  return name === undefined ? unit : `${unit} (${name})`;
}
