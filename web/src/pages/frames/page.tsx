/** Frames taken apart: one that a tracker has sent, or any bytes that are pasted. */
import type { PageProps } from '../../app/page-props.ts';
import { Pasted } from './pasted.tsx';
import { Stored } from './stored.tsx';
import './style.css';

export default function FramesPage({ rest: [oid, frame] }: PageProps) {
  return oid === undefined || frame === undefined ? <Pasted /> : <Stored key={`${oid} ${frame}`} oid={oid} frame={frame} />;
}
