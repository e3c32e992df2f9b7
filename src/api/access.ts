/** Who may call a route, and who calls. */
import type { Role } from '../registry/api-keys.ts';
import { ApiError, type ApiErrorName } from './errors.ts';

/**
 * What a route asks of its caller: nothing, any key, one that may read its company's things, one that may change them, or the key of
 * whoever runs the gateway, which sees companies, keys, how the gateway is and what nobody knows, and no company's trackers. `keys` is for
 * those of the last two. An `owner` is both.
 */
export type Access = 'public' | 'any' | 'read' | 'admin' | 'keys' | 'operator';

/** Who makes a request. */
export interface Caller {
  /** The company whose things the request is about; empty for an operator. */
  companyId: string;
  /** Empty where an identity provider has proven who it is. */
  keyId: string;
  role: Role;
  /** Who it is, as it is written down beside what was done: a key, or a person. */
  by: string;
  /** What it stands and falls with: the key, or a session of the console. */
  proof: string;
}

const MAY: Readonly<Record<Exclude<Access, 'public'>, readonly Role[]>> = {
  any: ['read', 'admin', 'operator', 'owner'],
  read: ['read', 'admin', 'owner'],
  admin: ['admin', 'owner'],
  keys: ['admin', 'operator', 'owner'],
  operator: ['operator', 'owner'],
};

/** Tells whether a role may call a route. */
export function mayCall(role: Role, access: Access): boolean {
  return access === 'public' || MAY[access].includes(role);
}

/** Tells whether a role is that of whoever runs the gateway. */
export function runsGateway(role: Role): boolean {
  return mayCall(role, 'operator');
}

/** Names the roles that may call a route, in words. */
export function rolesFor(access: Exclude<Access, 'public'>): string {
  return MAY[access].join(' or ');
}

/**
 * Refuses a request that names another company than the caller's. Another company and one that does not exist are refused alike.
 */
export function requireOwn(companyId: string, named: string | undefined): void {
  if (named === undefined || named === companyId) return;
  throw new ApiError('ApiForbidden', 'company_oid is not the company of your key');
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route says it: a route without it is refused when the server is made. */
    access?: Access;
    /** A public route that bounds its callers itself. */
    ownLimits?: boolean;
    /** Errors the route answers with, besides those that every route has. */
    errors?: readonly ApiErrorName[];
  }
  interface FastifyRequest {
    /** Who makes the request. Reading it in a public route is a bug. */
    caller: Caller;
  }
}
