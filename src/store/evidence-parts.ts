/** Evidence as it is stored: the kept fixes as numbers, the rest as JSON. */
import type { Evidence } from '../lifecycle/evidence.ts';
import type { AcceptedFix } from '../lifecycle/guards.ts';

export interface EvidenceParts {
  fixes: Uint8Array;
  rest: string;
}

export function evidenceParts(evidence: Evidence): EvidenceParts {
  const { fixes, reached: _follows, ...distance } = evidence.distance;
  return { fixes: packFixes(fixes), rest: JSON.stringify({ ...evidence, distance }) };
}

export function evidenceOf({ fixes, rest }: EvidenceParts): Evidence {
  const parsed = JSON.parse(rest) as Omit<Evidence, 'odometer'> & Partial<Evidence>;
  // What earlier versions have stored has no odometer.
  return {
    ...parsed,
    odometer: parsed.odometer ?? null,
    distance: { ...parsed.distance, fixes: unpackFixes(fixes), reached: [] },
  };
}

// fix[]: at f64 · lat f64 · lon f64, little-endian
const FIX_BYTES = 24;

function packFixes(fixes: readonly AcceptedFix[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(fixes.length * FIX_BYTES));
  for (const [i, { at, lat, lon }] of fixes.entries()) {
    view.setFloat64(i * FIX_BYTES, at, true);
    view.setFloat64(i * FIX_BYTES + 8, lat, true);
    view.setFloat64(i * FIX_BYTES + 16, lon, true);
  }
  return new Uint8Array(view.buffer);
}

function unpackFixes(bytes: Uint8Array): AcceptedFix[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fixes: AcceptedFix[] = [];
  for (let from = 0; from < bytes.byteLength; from += FIX_BYTES) {
    fixes.push({
      at: view.getFloat64(from, true),
      lat: view.getFloat64(from + 8, true),
      lon: view.getFloat64(from + 16, true),
    });
  }
  return fixes;
}
