/** The typed client of the API, as everybody has it: paths, bodies and answers are those of docs/openapi.json. */
import { odographClient } from '../../../client/index.ts';

export type Client = ReturnType<typeof odographClient>;
export type { components } from '../../../client/schema.ts';

/** Where the API is: the console stands one folder below it, wherever a proxy has put them. */
export const apiUrl = (path: string): string => new URL(`..${path}`, document.baseURI).href;

/** Makes a client that speaks with a key. */
export function clientWith(key: string): Client {
  return odographClient({ baseUrl: apiUrl('').replace(/\/$/, ''), key });
}
