/** The typed client of the API, as everybody has it: paths, bodies and answers are those of docs/openapi.json. */
import { odographClient } from '../../../client/index.ts';

export type Client = ReturnType<typeof odographClient>;
export type { components } from '../../../client/schema.ts';

/** Where the API is: the console stands one folder below it, wherever a proxy has put them. */
export const apiUrl = (path: string): string => new URL(`..${path}`, document.baseURI).href;

/** What the console sends along, and no page of another site can: with it the gateway believes the cookie of a session. */
export const CONSOLE_HEADERS = { 'x-odograph-console': '1' } as const;

/** The client. Who speaks is known by the cookie of the session, which browsers send along and no script can read. */
export const client: Client = odographClient({ baseUrl: apiUrl('').replace(/\/$/, ''), headers: CONSOLE_HEADERS });
