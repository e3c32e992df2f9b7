/** The thread that writes the commits of the book, and names; it is begun by `CommitThread`. */
import { parentPort, workerData } from 'node:worker_threads';
import { findGatewayError } from '#errors/gateway-error';
import type { CommitReply, CommitRequest, ThreadData } from './commit-thread.ts';
import { CommitWriter } from './commit-writer.ts';

const { path, closed } = workerData as ThreadData;
let writer: CommitWriter | null = null;

function reply(request: Exclude<CommitRequest, 'close'>): CommitReply {
  try {
    writer ??= CommitWriter.open(path);
    if (!('names' in request)) return { result: writer.commit(request) };
    writer.keep(JSON.parse(request.names) as string[], request.until);
    return { result: null };
  } catch (error) {
    const known = findGatewayError(error);
    if (known === undefined) throw error;
    return { refused: { code: known.code, detail: known.detail } };
  }
}

function close(): void {
  writer?.close();
  Atomics.store(closed, 0, 1);
  Atomics.notify(closed, 0);
  parentPort?.close();
}

parentPort?.on('message', (request: CommitRequest) => {
  if (request === 'close') close();
  else parentPort?.postMessage(reply(request), []);
});
