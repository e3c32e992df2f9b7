/** Colours of deliveries. */
import type { components } from '../../api/client.ts';
import type { Tone } from '../../parts/tone.ts';

export const TONES: Readonly<Record<components['schemas']['WebhookDelivery']['status'], Tone>> = {
  pending: 'wait',
  delivered: 'good',
  failed: 'bad',
};
