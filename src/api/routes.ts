import type { Routes } from './routing.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { documentRoutes } from './routes/document.ts';

/** All routes: one function a topic. */
export const ROUTES: readonly Routes[] = [documentRoutes, apiKeyRoutes];
