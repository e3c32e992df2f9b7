/** Address of the page for a link. The token stands behind `#`: it reaches no server, no log, and no preview of a messenger. */
export function pageUrl(base: string, token: string): string {
  return `${base.replace(/\/+$/, '')}/track/#${token}`;
}

/** Tells whether a browser gives positions to a page at this address: only over https, or on the machine itself. */
export function givesPositions(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
