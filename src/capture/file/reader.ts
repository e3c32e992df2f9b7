import type { CaptureEntry } from '../entry.ts';
import type { CaptureItem } from './items.ts';
import { BlockSplitter, type CorruptRange, type Found } from './splitter.ts';

/** What was found while reading, besides the entries. Whole once the reading has ended. */
export interface CaptureReport {
  entries: number;
  blocks: number;
  /** Entries that whoever captured says were lost. */
  lost: number;
  /** Ranges that are no block, the first of them; `corruptRanges` counts all. */
  corrupt: CorruptRange[];
  corruptRanges: number;
  /** Bytes of an unfinished write at the end. */
  tornBytes: number;
  /** Bytes read so far. */
  bytes: number;
}

/** Corrupt ranges that are described. */
const DESCRIBED = 100;

export function newReport(): CaptureReport {
  return { entries: 0, blocks: 0, lost: 0, corrupt: [], corruptRanges: 0, tornBytes: 0, bytes: 0 };
}

/**
 * Reads a capture, called `name` in messages, as its bytes come, a block at a time. What is corrupt is passed over and told in the report. Rejects with
 * `capture_invalid` where it is none, or was written by a later version.
 */
export async function* readCapture(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  report: CaptureReport = newReport(),
): AsyncGenerator<CaptureEntry> {
  for await (const item of readCaptureItems(chunks, name, report)) if (item.kind === 'entry') yield item.entry;
}

/** The same with the gaps where they belong. */
export async function* readCaptureItems(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  report: CaptureReport,
): AsyncGenerator<CaptureItem> {
  const splitter = new BlockSplitter(name);
  for await (const chunk of chunks) {
    report.bytes += chunk.length;
    yield* itemsIn(splitter.push(chunk), report);
  }
  yield* itemsIn(splitter.end(), report);
}

function* itemsIn(found: readonly Found[], report: CaptureReport): Generator<CaptureItem> {
  for (const one of found) {
    switch (one.kind) {
      case 'corrupt':
        report.corruptRanges++;
        if (report.corrupt.length < DESCRIBED) report.corrupt.push({ from: one.from, end: one.end, why: one.why });
        break;
      case 'torn':
        report.tornBytes = one.end - one.from;
        break;
      case 'block':
        report.blocks++;
        for (const item of one.items) {
          if (item.kind === 'gap') report.lost += item.lost;
          else report.entries++;
          yield item;
        }
        break;
    }
  }
}
