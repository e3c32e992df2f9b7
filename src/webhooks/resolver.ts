/** Looks host names up, and gives only addresses that may be connected to. */
import { Resolver } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { GatewayError } from '#errors/gateway-error';
import type { AddressRule } from './address-rule.ts';

const LOOKUP_TIMEOUT_MS = 4_000;
const LOOKUP_TRIES = 2;
/** The name means the machine itself, and is not to be asked of a name server. */
const OWN_NAME = /^(.+\.)?localhost\.?$/i;
const OWN_ADDRESSES: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/**
 * Asks name servers by itself: the system's own lookup occupies one of the few threads that also sync the spool, and a receiver
 * whose name server hangs would hold up every ack.
 */
export class PublicResolver {
  readonly #servers: readonly string[];
  readonly #rule: AddressRule;

  /** `servers` are name servers as `address` or `address:port`; without any, those of the system are asked. */
  constructor(servers: readonly string[], rule: AddressRule) {
    this.#servers = servers;
    this.#rule = rule;
  }

  /** Gives the addresses of a host. Throws `webhook_unreachable` where it has none, `webhook_address` where none is allowed. */
  async addressesOf(host: string): Promise<readonly LookupAddress[]> {
    const all = OWN_NAME.test(host) ? OWN_ADDRESSES : await this.#ask(host);
    const allowed = all.filter(({ address }) => this.#rule.objectionTo(address) === null);
    if (allowed.length > 0) return allowed;
    const [first] = all;
    const objection = first === undefined ? null : this.#rule.objectionTo(first.address);
    if (objection === null) throw new GatewayError('webhook_unreachable', `the name ${host} has no address`);
    throw new GatewayError('webhook_address', `${host} must be a host on the public internet; ${objection}`);
  }

  async #ask(host: string): Promise<LookupAddress[]> {
    const resolver = new Resolver({ timeout: LOOKUP_TIMEOUT_MS, tries: LOOKUP_TRIES });
    if (this.#servers.length > 0) resolver.setServers(this.#servers);
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const found = [
      ...(v4.status === 'fulfilled' ? v4.value : []).map((address) => ({ address, family: 4 })),
      ...(v6.status === 'fulfilled' ? v6.value : []).map((address) => ({ address, family: 6 })),
    ];
    if (found.length === 0 && v4.status === 'rejected') {
      const why = (v4.reason as NodeJS.ErrnoException).code ?? String(v4.reason);
      throw new GatewayError('webhook_unreachable', `the name ${host} cannot be looked up: ${why}`, { cause: v4.reason });
    }
    return found;
  }
}
