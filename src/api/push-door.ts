/**
 * Takes plain pushes off the port before the router of the API sees them: a POST to `/push/{token}` whose body is there as it is. That is nearly
 * all that clouds send, and the router costs as much as all else about it (`npm run bench -- e2e/http`). Everything that is out of
 * the ordinary is left to the route (`routes/push.ts`), and both answer alike: `test/unit/api/push-door.test.ts` compares them.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { PushAnswer } from '../push/answers.ts';
import { plainAddress, type AddressRanges } from '../listen/addresses.ts';
import { takePush } from './push-request.ts';
import { errorAnswer, type Report } from './replies.ts';
import type { PushServices } from './services.ts';

export interface PushDoorParts {
  push: PushServices;
  report: Report;
  /** Hears the status of each answer. */
  answered: (status: number) => void;
  /** Proxies say in a header whose request it is. */
  proxies: Pick<AddressRanges, 'has'> | null;
}

const PLAIN_PATH = /^\/push\/([\w-]{1,200})$/;
const PLAIN_TYPE = /^[\w.+-]+\/[\w.+-]+(; ?charset=[\w-]+)?$/;
/** A type that no sender has: what is longer is for the router to read. */
const TYPE_MOST = 100;

/** Puts the door before whoever answers the server's requests. `close` leaves all to them again. */
export function openPushDoor(server: Server, parts: PushDoorParts): { close: () => void } {
  let isOpen = true;
  const others = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (isOpen && take(request, response, parts)) return;
    for (const each of others) each.call(server, request, response);
  });
  return { close: () => void (isOpen = false) };
}

/** Takes a request, or gives false where that is the router's. */
function take(request: IncomingMessage, response: ServerResponse, parts: PushDoorParts): boolean {
  if (request.method !== 'POST') return false;
  const token = PLAIN_PATH.exec(request.url ?? '')?.[1];
  const address = request.socket.remoteAddress;
  if (token === undefined || address === undefined) return false;
  const { headers } = request;
  const bytes = Number(headers['content-length']);
  if (!(bytes > 0 && bytes <= parts.push.bodyBytes)) return false;
  if (headers['content-encoding'] !== undefined || !isPlainType(headers['content-type'])) return false;
  if (parts.proxies?.has(plainAddress(address)) === true || parts.push.failures.waitMs(address) > 0) return false;
  readBody(request, bytes, (body) => void answer({ token, address, body }, request, response, parts));
  return true;
}

function isPlainType(type: string | undefined): boolean {
  return type !== undefined && type.length <= TYPE_MOST && PLAIN_TYPE.test(type);
}

/** Gathers the body, which the parser of HTTP has delimited; where it does not come to its end the server ends the connection. */
function readBody(request: IncomingMessage, bytes: number, done: (body: Uint8Array) => void): void {
  const chunks: Buffer[] = [];
  let missing = bytes;
  request.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    missing -= chunk.length;
    if (missing === 0) done(chunks.length === 1 ? chunk : Buffer.concat(chunks));
  });
}

async function answer(
  { token, address, body }: { token: string; address: string; body: Uint8Array },
  request: IncomingMessage,
  response: ServerResponse,
  { push, report, answered }: PushDoorParts,
): Promise<void> {
  const { headers, socket } = request;
  let given: PushAnswer;
  try {
    given = await takePush(push, { token, address, headers, socket, body });
  } catch (error) {
    given = errorAnswer(error, { id: 'push', headers }, report);
  }
  answered(given.status);
  // Who has left meanwhile sends it again, and is known then.
  if (response.destroyed) return;
  // A text goes out in one piece with the head, bytes behind it.
  const length = typeof given.body === 'string' ? Buffer.byteLength(given.body) : given.body.length;
  response.writeHead(given.status, { ...given.headers, 'content-length': length });
  response.end(given.body);
}
