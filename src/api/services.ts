import type { Clock } from '#model/clocks';
import type { ApiKeys } from '../registry/api-keys.ts';
import type { PushEndpoints } from '../push/endpoints.ts';
import type { PushIntake } from '../push/intake.ts';
import type { Witness } from '../store/explain.ts';
import type { DeliveryLog } from '../webhooks/delivery-log.ts';
import type { WebhookDesk } from '../webhooks/desk.ts';

/** What routes are given: all they know of the rest of the gateway. Routes hold no logic; they call one of these. */
export interface ApiServices {
  now: Clock;
  keys: ApiKeys;
  webhooks: { desk: WebhookDesk; log: DeliveryLog };
  /** What clouds push. */
  push: PushServices;
  /** Has seen the connections; for `why`. */
  witness: Witness;
}

/** What the routes of pushes are given. */
export interface PushServices {
  intake: PushIntake;
  endpoints: PushEndpoints;
  /** Longest body, bytes. */
  bodyBytes: number;
  /** Protocols that can be pushed. */
  protocols: readonly string[];
}
