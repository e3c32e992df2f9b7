/** What a browser is told beside every file of the console. */

/**
 * The console runs its own scripts and no others, none that stand in the page and none made from text, talks to its own gateway,
 * and is in nobody's frame. A map whose tiles come from elsewhere adds that one origin, for pictures and what describes them.
 */
export function consoleHeaders(tileUrl: string | undefined): Readonly<Record<string, string>> {
  const tiles = tileUrl === undefined ? '' : ` ${new URL(tileUrl.replaceAll(/[{}]/g, '')).origin}`;
  return {
    'content-security-policy':
      `default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' blob: data:${tiles}; ` +
      `connect-src 'self'${tiles}; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'permissions-policy': 'geolocation=(), camera=(), microphone=(), payment=(), usb=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
}
