/** The OpenAPI document as it is committed, and the client's types from it. */
import { clientTypes } from '../../client/generate.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { TestApi } from '../../test/support/api.ts';

/** What `/openapi.json` serves in this version. */
async function document(): Promise<object> {
  const api = await TestApi.open({}, packageJson.version);
  try {
    return (await api.ask('GET', '/openapi.json')).body;
  } finally {
    await api.close();
  }
}

export async function openApiDocument(): Promise<string> {
  return `${JSON.stringify(await document(), null, 2)}\n`;
}

export async function apiClientTypes(): Promise<string> {
  return clientTypes(await document());
}
