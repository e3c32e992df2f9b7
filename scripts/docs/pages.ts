import { cliPage } from './cli-page.ts';
import { codecsPage } from './codecs-page.ts';
import { configExample, configJsonSchema, configPage } from './config-pages.ts';
import { dissectPage } from './dissect-page.ts';
import { guaranteesPage } from './guarantees-page.ts';
import { lintBoundaries } from './lint-boundaries.ts';
import { performancePage } from './performance-page.ts';
import { pushMappingsPage } from './push-mappings-page.ts';
import { apiClientTypes, openApiDocument } from './openapi-page.ts';
import { reliabilityPage } from './reliability-page.ts';
import { errorsPage, metricsPage } from './table-pages.ts';

/** A file that is made from the code, and the word that names it: `npm run docs:<word>`. */
export interface Page {
  word: string;
  /** Relative to the root of the repository. */
  path: string;
  make: () => string | Promise<string>;
}

export const PAGES: readonly Page[] = [
  { word: 'config', path: 'config/odograph.schema.json', make: configJsonSchema },
  { word: 'config', path: 'config/odograph.example.yaml', make: configExample },
  { word: 'config', path: 'docs/CONFIG.md', make: configPage },
  { word: 'errors', path: 'docs/ERRORS.md', make: errorsPage },
  { word: 'cli', path: 'docs/CLI.md', make: cliPage },
  { word: 'codecs', path: 'docs/CODECS.md', make: codecsPage },
  { word: 'dissect', path: 'docs/dissect.md', make: dissectPage },
  { word: 'push', path: 'docs/push-mappings.md', make: pushMappingsPage },
  { word: 'guarantees', path: 'docs/guarantees.md', make: guaranteesPage },
  { word: 'lint', path: '.oxlint-boundaries.json', make: lintBoundaries },
  { word: 'metrics', path: 'docs/METRICS.md', make: metricsPage },
  { word: 'performance', path: 'docs/performance.md', make: performancePage },
  { word: 'reliability', path: 'docs/reliability.md', make: reliabilityPage },
  { word: 'api', path: 'docs/openapi.json', make: openApiDocument },
  { word: 'api', path: 'client/schema.ts', make: apiClientTypes },
];
