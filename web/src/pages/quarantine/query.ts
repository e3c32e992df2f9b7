/** Which frames are wanted, as the address has it. Pure. */
import type { paths } from '../../../../client/schema.ts';

type Query = NonNullable<paths['/v1/quarantine']['get']['parameters']['query']>;
type Code = NonNullable<Query['code']>;

export interface Wish {
  code: string;
  ident: string;
  listener: string;
  protocol: string;
  state: 'open' | 'retried' | 'all';
}

export function wishOf(query: URLSearchParams): Wish {
  const text = (name: string): string => query.get(name) ?? '';
  const state = (['retried', 'all'] as const).find((each) => each === query.get('state')) ?? 'open';
  return { code: text('code'), ident: text('ident'), listener: text('listener'), protocol: text('protocol'), state };
}

const given = (value: string): string | undefined => (value.trim() === '' ? undefined : value.trim());

/** The filter as the API takes it. */
export function queryOf({ code, ident, listener, protocol, state }: Wish): Omit<Query, 'cursor' | 'limit'> {
  const fields = {
    code: given(code) as Code | undefined,
    ident: given(ident),
    listener: given(listener),
    protocol: given(protocol),
  };
  return {
    state,
    ...(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Query>),
  };
}

export const isFiltered = ({ code, ident, listener, protocol, state }: Wish): boolean =>
  state !== 'open' || [code, ident, listener, protocol].some((value) => value.trim() !== '');
