/** How the console is built: `npm run build:console`, or `npm start` where it is stale. `npm run dev:console` serves it while it is written. */
import { join } from 'node:path';
import { defineConfig } from 'vite';

/** The gateway that `npm run dev:console` passes requests to. */
const GATEWAY = 'http://127.0.0.1:8080';

export default defineConfig({
  root: import.meta.dirname,
  // Addresses beside the page, so that a proxy may put the gateway below any path.
  base: './',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: join(import.meta.dirname, 'dist'),
    emptyOutDir: true,
    target: 'es2023',
    // A policy without `data:` and inline scripts: everything is a file, and browsers load modules by themselves.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // A loaded machine is nothing to warn of.
    rolldownOptions: { checks: { pluginTimings: false } },
    // The map is one piece, and loaded when it is looked at.
    chunkSizeWarningLimit: 1_200,
  },
  server: {
    proxy: {
      '/v1': GATEWAY,
      '/openapi.json': GATEWAY,
      '/console/settings.json': GATEWAY,
      '/console/session': GATEWAY,
      '/console/oidc': GATEWAY,
    },
  },
});
