/** Bytes as people read them: an offset, sixteen bytes, and what of it is text. */
import { dumpOf, IN_LINE } from './hex-lines.ts';
import './hex-dump.css';

export function HexDump({ hex, label }: { hex: string; label: string }) {
  return (
    <pre class="hex-dump" tabIndex={0} aria-label={label}>
      {dumpOf(hex).map(({ offset, bytes, text }) => (
        <span key={offset}>
          <span class="muted">{offset}</span> {bytes.padEnd(IN_LINE * 3 + 1)} <span class="muted">{text}</span>
          {'\n'}
        </span>
      ))}
    </pre>
  );
}
