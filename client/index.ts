import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './schema.ts';

/** Where the API is, and who calls. */
export interface ClientOptions {
  /** Such as `http://127.0.0.1:8080`. */
  baseUrl: string;
  /** An API key of the company; absent where the browser has a session of the console. */
  key?: string;
  /** Further headers of every request. */
  headers?: Readonly<Record<string, string>>;
}

/** Makes a client of the HTTP API, whose paths, bodies and answers are typed. */
export function odographClient({ baseUrl, key, headers = {} }: ClientOptions): Client<paths> {
  return createClient<paths>({ baseUrl, headers: { ...headers, ...(key === undefined ? {} : { 'x-api-key': key }) } });
}
