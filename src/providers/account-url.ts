import type { ValidationSettings } from './adapter.ts';

/**
 * The base address of a company's account: its own, where the operator allows that host, else the configured one. A company must
 * not make the gateway call whatever address it names.
 */
export function accountUrl(
  provider: string,
  own: string | undefined,
  { url, allowedHosts }: Pick<ValidationSettings, 'url' | 'allowedHosts'>,
): { problem: null; url: string } | { problem: string } {
  if (own === undefined || own === '' || own === url) {
    if (url !== null) return { problem: null, url };
    return {
      problem: `the credentials name no url, and none is configured for ${provider}: register them with it, then validate again`,
    };
  }
  const parsed = URL.canParse(own) ? new URL(own) : null;
  if (parsed?.protocol !== 'https:' || parsed.username !== '' || !allowedHosts.some((host) => isHost(parsed.host, host))) {
    const allowed = allowedHosts.length === 0 ? 'the configured one' : `https:// at ${allowedHosts.join(' or ')}`;
    return {
      problem: `the url of the credentials is not one of ${provider} (${allowed}): register the right one, then validate again`,
    };
  }
  return { problem: null, url: own };
}

function isHost(host: string, allowed: string): boolean {
  return allowed.startsWith('*.') ? host.endsWith(allowed.slice(1)) : host === allowed;
}
