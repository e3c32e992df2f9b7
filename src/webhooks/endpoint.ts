/** What a company says of an endpoint: where events go, which of them, and what is kept of it. */
import { isIP } from 'node:net';
import { PROVIDERS, VALIDATION_STATUSES, type ProviderName, type ValidationStatus } from '#model/tracker';
import type { EpochMs } from '#model/clocks';
import type { AddressRule } from './address-rule.ts';

/** Everything an endpoint can be told of. `webhook.ping` is sent on request only. */
export const EVENT_TYPES = {
  'tracker.registered': 'a tracker was registered; its history begins',
  'tracker.status_changed': 'a tracker moved from one status to another',
} as const satisfies Record<string, string>;
export type EventType = keyof typeof EVENT_TYPES;
export const PING = 'webhook.ping';

/** Which events an endpoint wants. An empty list wants them all. */
export interface EventFilter {
  types: readonly EventType[];
  /** Statuses that trackers have after the change. */
  statuses: readonly ValidationStatus[];
  providers: readonly ProviderName[];
}

/** A secret as it is stored. */
export interface StoredSecret {
  sealed: string;
  createdAt: EpochMs;
  /** From then on nothing is signed with it; `null` for the one that is in force until it is replaced. */
  expiresAt: EpochMs | null;
}

/** Why an endpoint gets nothing. */
export interface Disabling {
  at: EpochMs;
  /** In words. */
  reason: string;
}

/** An endpoint as it may be shown. */
export interface Endpoint {
  id: string;
  companyId: string;
  url: string;
  description: string;
  filter: EventFilter;
  createdAt: EpochMs;
  updatedAt: EpochMs;
  /** `null` while it is enabled. */
  disabled: Disabling | null;
  /** When the secret before the last rotation ends; `null` where there is but one. */
  oldSecretUntil: EpochMs | null;
}

/** An endpoint as it is stored: `oldSecretUntil` is told by the secrets. */
export type EndpointBody = Omit<Endpoint, 'id' | 'companyId' | 'oldSecretUntil'> & {
  /** The newest first. */
  secrets: readonly StoredSecret[];
};

/** What can be said of an endpoint; what is left out stays, or has its default. */
export interface EndpointFields {
  url?: string;
  description?: string;
  filter?: Partial<EventFilter>;
}

/** What addresses the configuration lets endpoints have. */
export interface UrlRules {
  allowHttp: boolean;
  addresses: AddressRule;
}

const MOST_URL_CHARS = 2_048;
const MOST_DESCRIPTION_CHARS = 500;

/** Says in words, all of it, what is wrong with what is said of an endpoint. */
export function problemsOf(fields: EndpointFields, rules: UrlRules): string[] {
  const { url, description = '', filter = {} } = fields;
  return [
    ...(url === undefined ? [] : urlProblems(url, rules)),
    ...(description.length > MOST_DESCRIPTION_CHARS
      ? [`description: ${MOST_DESCRIPTION_CHARS} characters at most, not ${description.length}`]
      : []),
    ...wordProblems('types', filter.types, Object.keys(EVENT_TYPES)),
    ...wordProblems('statuses', filter.statuses, VALIDATION_STATUSES),
    ...wordProblems('providers', filter.providers, PROVIDERS),
  ];
}

function wordProblems(name: string, given: readonly string[] = [], known: readonly string[]): string[] {
  const unknown = given.filter((word) => !known.includes(word));
  return unknown.length === 0 ? [] : [`${name}: ${unknown.join(', ')} is none of ${known.join(', ')}`];
}

/** Host names are looked up when they are connected to, and only what they lead to then counts. */
function urlProblems(text: string, { allowHttp, addresses }: UrlRules): string[] {
  if (text.length > MOST_URL_CHARS) return [`url: ${MOST_URL_CHARS} characters at most, not ${text.length}`];
  const url = URL.canParse(text) ? new URL(text) : null;
  const schemes = allowHttp ? ['https:', 'http:'] : ['https:'];
  if (url === null || !schemes.includes(url.protocol)) {
    return [`url: an address that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`];
  }
  const problems: string[] = [];
  if (url.username !== '' || url.password !== '') {
    problems.push('url: without user and password; the signature proves who sends');
  }
  if (url.hash !== '' || text.includes('#')) problems.push('url: without a part behind #, which is never sent');
  const port = Number(url.port);
  if (port !== 0 && port !== 80 && port !== 443 && port < 1_024) {
    problems.push(`url: port 443, 80, or one from 1024 on, not ${port}`);
  }
  const host = hostOf(url);
  const objection = isIP(host) === 0 ? null : addresses.objectionTo(host);
  if (objection !== null) problems.push(`url: a host on the public internet; ${objection}`);
  return problems;
}

/** The host of an address, IPv6 without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/** Fills what was left out of a filter, each word once. */
export function filterOf(given: Partial<EventFilter> = {}, before?: EventFilter): EventFilter {
  const { types, statuses, providers } = { types: [], statuses: [], providers: [], ...before, ...given };
  return { types: [...new Set(types)], statuses: [...new Set(statuses)], providers: [...new Set(providers)] };
}

/** Tells whether an endpoint wants an event. */
export function wants(
  filter: EventFilter,
  event: { type: EventType; status: ValidationStatus; provider: ProviderName },
): boolean {
  const { types, statuses, providers } = filter;
  return among(types, event.type) && among(statuses, event.status) && among(providers, event.provider);
}

function among<Word>(wanted: readonly Word[], word: Word): boolean {
  return wanted.length === 0 || wanted.includes(word);
}

/** Secrets that are in force, the newest first. */
export function secretsInForce({ secrets }: Pick<EndpointBody, 'secrets'>, now: EpochMs): readonly StoredSecret[] {
  return secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
}
