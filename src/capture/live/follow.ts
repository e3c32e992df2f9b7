import { get, type IncomingMessage } from 'node:http';
import { GatewayError } from '#errors/gateway-error';
import type { CaptureItem } from '../file/items.ts';
import { newReport, readCaptureItems } from '../file/reader.ts';
import type { Selection } from '../selection.ts';

/** What is heard of a running gateway, from the moment it has answered. */
export interface Followed {
  items: AsyncGenerator<CaptureItem>;
  /** Ends it. */
  close(): void;
}

/**
 * Listens in on a running gateway over its admin port. The items end when the gateway does, or when they are closed. Rejects with
 * `listener_unreachable` where no gateway answers, or gives no captures.
 */
export async function followGateway(gateway: string, selection: Selection): Promise<Followed> {
  const url = new URL('/capture', gateway);
  for (const ident of selection.idents) url.searchParams.append('ident', ident);
  for (const peer of selection.peers) url.searchParams.append('peer', peer);
  for (const listener of selection.listeners) url.searchParams.append('listener', listener);
  const response = await answerOf(url);
  if (response.statusCode !== 200) {
    const why = await reasonIn(response);
    throw new GatewayError('listener_unreachable', `the gateway at ${gateway} gives no capture: ${why}`);
  }
  let closed = false;
  const close = (): void => {
    closed = true;
    response.destroy();
  };
  async function* items(): AsyncGenerator<CaptureItem> {
    try {
      yield* readCaptureItems(response, `what ${gateway} gives`, newReport());
    } catch (error) {
      if (!closed) throw new GatewayError('listener_unreachable', `the gateway at ${gateway} has gone away`, { cause: error });
    }
  }
  return { items: items(), close };
}

function answerOf(url: URL): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Not `fetch`: it gives up on a gateway that says nothing for minutes, as one at night does.
    const request = get(url, { headers: { accept: 'application/octet-stream' } }, resolve);
    request.on('error', (cause) => {
      reject(new GatewayError('listener_unreachable', `no gateway answers at ${url.origin}: ${cause.message}`, { cause }));
    });
  });
}

async function reasonIn(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // Not of this version's making: it is quoted.
  }
  return `HTTP ${response.statusCode ?? 0} ${text.slice(0, 200)}`;
}
