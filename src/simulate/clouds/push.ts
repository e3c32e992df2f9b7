/** Posts bodies to a push endpoint as a cloud does: one after the other, each with the proof that the endpoint asks for. */
import { createHmac, randomUUID } from 'node:crypto';
import type { EpochMs } from '#model/clocks';
import { sign } from '../../webhooks/signature.ts';

/** How a sender proves itself. A certificate of its own is not among it. */
export type SenderProof =
  | { kind: 'path' }
  | { kind: 'header'; header: string; value: string }
  /** `user:password`. */
  | { kind: 'basic'; secret: string }
  | { kind: 'bearer'; secret: string }
  /** HMAC-SHA256 over `<seconds>.<body>`, as `sha256=<hex>`. */
  | { kind: 'hmac'; secret: string }
  | { kind: 'standard-webhooks'; secret: string };

/** Headers that a sender with this proof uses where its endpoint names them itself. */
export const HMAC_HEADERS = { header: 'x-signature', prefix: 'sha256=', timestampHeader: 'x-timestamp' } as const;

const TIMEOUT_MS = 20_000;

export interface PushAnswer {
  status: number;
  text: string;
}

/** Posts one body. Rejects where nobody answers. */
export async function pushBody(to: string, body: string, proof: SenderProof, now: EpochMs): Promise<PushAnswer> {
  const headers = { 'content-type': 'application/json', ...headersOf(proof, body, now) };
  const response = await fetch(to, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  return { status: response.status, text: await response.text() };
}

function headersOf(proof: SenderProof, body: string, now: EpochMs): Record<string, string> {
  const timestampS = Math.floor(now / 1_000);
  switch (proof.kind) {
    case 'path':
      return {};
    case 'header':
      return { [proof.header]: proof.value };
    case 'basic':
      return { authorization: `Basic ${Buffer.from(proof.secret).toString('base64')}` };
    case 'bearer':
      return { authorization: `Bearer ${proof.secret}` };
    case 'hmac': {
      const digest = createHmac('sha256', proof.secret).update(`${timestampS}.${body}`).digest('hex');
      const { header, prefix, timestampHeader } = HMAC_HEADERS;
      return { [header]: prefix + digest, [timestampHeader]: String(timestampS) };
    }
    case 'standard-webhooks':
    default: {
      const id = `msg_${randomUUID()}`;
      const signature = sign({ id, timestampS, body }, [proof.secret]);
      return { 'webhook-id': id, 'webhook-timestamp': String(timestampS), 'webhook-signature': signature };
    }
  }
}
