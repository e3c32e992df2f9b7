/** Who somebody is in this gateway by what an identity provider says of them. */
import type { Role } from '../registry/api-keys.ts';
import type { Person } from './sessions.ts';

/** What an identity provider says: names and values, of any JSON type. */
export type Claims = Readonly<Record<string, unknown>>;

/** Gives a role to those of whom a claim has a value, or holds it in its list. */
export interface ClaimRule {
  /** Name of the claim; dots lead into objects, as in `realm_access.roles`. */
  claim: string;
  /** The value it must have; any where it is absent. */
  value?: string | undefined;
  role: Role;
  /** Absent for an operator, who belongs to none. */
  company?: string | undefined;
}

/** Claims that people are called by, the first one there is. */
const NAMES = ['email', 'preferred_username', 'name'] as const;

/** The first rule that fits gives role and company; `null` where none does. */
export function personOf(claims: Claims, rules: readonly ClaimRule[]): Person | null {
  const rule = rules.find(({ claim, value }) => has(valueOf(claims, claim), value));
  if (rule === undefined) return null;
  return { name: nameOf(claims), role: rule.role, companyId: rule.role === 'operator' ? '' : (rule.company ?? '') };
}

/** Tells whether something is said for every rule, though it may fit none, and what people call themselves. */
export function saysEnough(claims: Claims, rules: readonly ClaimRule[]): boolean {
  const isNamed = NAMES.some((name) => claims[name] !== undefined);
  return isNamed && rules.every(({ claim }) => valueOf(claims, claim) !== undefined);
}

function has(found: unknown, wanted: string | undefined): boolean {
  const values = (Array.isArray(found) ? found : [found]).filter(
    (value) => value !== undefined && value !== null && value !== false,
  );
  return wanted === undefined ? values.length > 0 : values.some((value) => String(value) === wanted);
}

function valueOf(claims: Claims, path: string): unknown {
  // Names with dots in them, as `https://acme.example/roles`, go before paths.
  if (Object.hasOwn(claims, path)) return claims[path];
  return path.split('.').reduce<unknown>((found, name) => {
    return typeof found === 'object' && found !== null && Object.hasOwn(found, name) ? (found as Claims)[name] : undefined;
  }, claims);
}

function nameOf(claims: Claims): string {
  const found = [...NAMES, 'sub'].map((name) => claims[name]).find((value) => typeof value === 'string');
  return (found ?? '').slice(0, 200);
}
