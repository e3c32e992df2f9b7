import type { Routes } from './routing.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { documentRoutes } from './routes/document.ts';
import { pushEndpointRoutes } from './routes/push-endpoints.ts';
import { pushRoutes } from './routes/push.ts';
import { telemetryRoutes } from './routes/telemetry.ts';
import { webhookDeliveryRoutes } from './routes/webhook-deliveries.ts';
import { webhookRoutes } from './routes/webhooks.ts';

/** All routes: one function a topic. */
export const ROUTES: readonly Routes[] = [
  documentRoutes,
  apiKeyRoutes,
  webhookRoutes,
  webhookDeliveryRoutes,
  telemetryRoutes,
  pushRoutes,
  pushEndpointRoutes,
];
