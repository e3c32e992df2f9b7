import type { Clock } from '#model/clocks';
import type { ApiKeys } from '../registry/api-keys.ts';
import type { Witness } from '../store/explain.ts';
import type { DeliveryLog } from '../webhooks/delivery-log.ts';
import type { WebhookDesk } from '../webhooks/desk.ts';

/** What routes are given: all they know of the rest of the gateway. Routes hold no logic; they call one of these. */
export interface ApiServices {
  now: Clock;
  keys: ApiKeys;
  webhooks: { desk: WebhookDesk; log: DeliveryLog };
  /** Has seen the connections; for `why`. */
  witness: Witness;
}
