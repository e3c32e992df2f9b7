import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Real frames as other projects published them; they lie beside the repository and are read from there only. */
export const FRAMES_DIR = join(import.meta.dirname, '../../../shared/frames');

export interface PeerPosition {
  deviceTime: string | null;
  fixTime: string | null;
  valid: boolean;
  /** True where the peer repeats the last known place. */
  outdated: boolean;
  lat: number;
  lon: number;
  altitude: number;
  speedKn: number;
  course: number;
  attributes: Record<string, unknown>;
}

/** One frame with what the Traccar server makes of it. */
export interface PeerFrame {
  source: string;
  method: string;
  kind: 'hex' | 'text';
  hex?: string;
  text?: string;
  traccar?: { ident?: string | null; acks?: string[]; positions?: PeerPosition[] };
  checksumOk?: boolean | null;
  decoderInstance?: number;
}

/** True where the folder of frames is there. */
export const haveFrames = existsSync(FRAMES_DIR);

/** Reads the frames of a protocol; a present folder without frames is an error, not an empty test. */
export function peerFrames(protocol: string): PeerFrame[] {
  const lines = readFileSync(join(FRAMES_DIR, `${protocol}.jsonl`), 'utf8').split('\n');
  const frames = lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as PeerFrame);
  if (frames.length === 0) throw new Error(`${protocol}.jsonl holds no frame`);
  return frames;
}

export interface ExtraFrame {
  protocol: string;
  kind: string;
  bytes: Buffer;
  provenance: string;
}

/** Reads the frames quoted in public issues and documents. */
export function extraFrames(protocol: string): ExtraFrame[] {
  const lines = readFileSync(join(FRAMES_DIR, 'extra-public.txt'), 'utf8').split('\n');
  const frames: ExtraFrame[] = [];
  for (const line of lines) {
    if (line.startsWith('#') || line.trim() === '') continue;
    const [name = '', kind = '', hex = '', provenance = ''] = line.split('\t');
    if (name === protocol && kind === 'hex') frames.push({ protocol: name, kind, bytes: Buffer.from(hex, 'hex'), provenance });
  }
  if (frames.length === 0) throw new Error(`extra-public.txt holds no frame of ${protocol}`);
  return frames;
}
