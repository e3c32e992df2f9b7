import type { Routes } from './routing.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { assetRoutes } from './routes/assets.ts';
import { clearanceRoutes } from './routes/clearance.ts';
import { callerRoutes } from './routes/caller.ts';
import { companyRoutes } from './routes/companies.ts';
import { consentRoutes } from './routes/consents.ts';
import { consoleRoutes } from './routes/console.ts';
import { credentialRoutes } from './routes/credentials.ts';
import { documentRoutes } from './routes/document.ts';
import { quarantineRoutes } from './routes/quarantine.ts';
import { pushEndpointRoutes } from './routes/push-endpoints.ts';
import { pushRoutes } from './routes/push.ts';
import { trackerPageFileRoutes } from './routes/html5-files.ts';
import { pageLinkRoutes } from './routes/html5-links.ts';
import { trackerPageRoutes } from './routes/html5-page.ts';
import { streamRoutes } from './routes/stream.ts';
import { telemetryRoutes } from './routes/telemetry.ts';
import { webhookDeliveryRoutes } from './routes/webhook-deliveries.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { gatewayRoutes } from './routes/gateway.ts';
import { frameRoutes } from './routes/frames.ts';
import { plotRoutes } from './routes/plots.ts';
import { tripRoutes } from './routes/trips.ts';
import { directoryRoutes } from './routes/directory.ts';
import { groupRoutes } from './routes/groups.ts';
import { providerRoutes } from './routes/providers.ts';
import { registerRoutes } from './routes/register.ts';
import { registrationDocumentRoutes } from './routes/registration-documents.ts';
import { censusRoutes, silentRoutes } from './routes/silence.ts';
import { signInRoutes } from './routes/sign-in.ts';
import { trackerRoutes } from './routes/trackers.ts';

/** All routes: one function a topic. */
export const ROUTES: readonly Routes[] = [
  documentRoutes,
  callerRoutes,
  companyRoutes,
  apiKeyRoutes,
  credentialRoutes,
  registerRoutes,
  providerRoutes,
  directoryRoutes,
  silentRoutes,
  trackerRoutes,
  clearanceRoutes,
  registrationDocumentRoutes,
  groupRoutes,
  assetRoutes,
  webhookRoutes,
  webhookDeliveryRoutes,
  telemetryRoutes,
  plotRoutes,
  tripRoutes,
  frameRoutes,
  streamRoutes,
  censusRoutes,
  gatewayRoutes,
  pushRoutes,
  pushEndpointRoutes,
  pageLinkRoutes,
  trackerPageRoutes,
  trackerPageFileRoutes,
  consentRoutes,
  consoleRoutes,
  quarantineRoutes,
  signInRoutes,
];
