/**
 * All pages: one row each. A page is loaded when somebody goes there, so that the first view stays small. `path` is the first word of
 * its address; what follows comes as `rest`. How to add one: web/README.md.
 */
import type { ComponentType } from 'preact';
import type { IconName } from '../parts/icon.tsx';
import type { PageProps } from './page-props.ts';
import type { Role } from './session.ts';
import { texts } from '../texts/index.ts';

export type { PageProps };

/** Whoever sees the trackers of a company. */
const COMPANY: readonly Role[] = ['read', 'admin', 'owner'];

/** Whoever may make keys, of the own company or of any. */
const MANAGERS: readonly Role[] = ['admin', 'operator', 'owner'];
/** Whoever runs the gateway. */
const OPERATORS: readonly Role[] = ['operator', 'owner'];
const EVERYBODY: readonly Role[] = ['read', 'admin', 'operator', 'owner'];

export interface PageEntry {
  path: string;
  title: string;
  icon: IconName;
  /** `false` keeps it out of the navigation. */
  listed?: boolean;
  /** Who gets to see it. */
  roles: readonly Role[];
  load: () => Promise<{ default: ComponentType<PageProps> }>;
}

/** Whoever changes what a company has. */
const CHANGING: readonly Role[] = ['admin', 'owner'];

export const PAGES: readonly PageEntry[] = [
  {
    path: 'trackers',
    title: texts.pages.trackers,
    icon: 'trackers',
    roles: COMPANY,
    load: () => import('../pages/trackers/page.tsx'),
  },
  {
    path: 'tracker',
    title: texts.pages.tracker,
    icon: 'trackers',
    listed: false,
    roles: COMPANY,
    load: () => import('../pages/tracker/page.tsx'),
  },
  {
    path: 'register',
    title: texts.pages.register,
    icon: 'plus',
    roles: CHANGING,
    load: () => import('../pages/register/page.tsx'),
  },
  {
    path: 'import',
    title: texts.pages.bulk,
    icon: 'upload',
    roles: CHANGING,
    load: () => import('../pages/import/page.tsx'),
  },
  {
    path: 'frames',
    title: texts.pages.frames,
    icon: 'frames',
    roles: COMPANY,
    load: () => import('../pages/frames/page.tsx'),
  },
  {
    path: 'gateway',
    title: texts.pages.gateway,
    icon: 'gateway',
    roles: OPERATORS,
    load: () => import('../pages/gateway/page.tsx'),
  },
  {
    path: 'quarantine',
    title: texts.pages.quarantine,
    icon: 'quarantine',
    roles: EVERYBODY,
    load: () => import('../pages/quarantine/page.tsx'),
  },
  {
    path: 'keys',
    title: texts.pages.keys,
    icon: 'key',
    roles: MANAGERS,
    load: () => import('../pages/keys/page.tsx'),
  },
  {
    path: 'webhooks',
    title: texts.pages.webhooks,
    icon: 'webhooks',
    roles: COMPANY,
    load: () => import('../pages/webhooks/page.tsx'),
  },
];
