import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sharedReads } from './shared-reads.ts';

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => void setTimeout(resolve, 1));
}

describe('A socket that reads into memory it shares', () => {
  let server: Server;
  const ends: Socket[] = [];

  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => {
    for (const end of ends.splice(0)) end.destroy();
    server.close();
  });

  /** A connection: its far end, the socket made of the near one, and what that was told. */
  async function connection() {
    const far = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [accepted] = (await once(server, 'connection')) as [Socket];
    const heard: string[] = [];
    const views: Uint8Array[] = [];
    const near = sharedReads(accepted, (bytes) => {
      heard.push(Buffer.from(bytes).toString());
      views.push(bytes);
    });
    ends.push(far, near);
    return { far, near, heard, views };
  }

  it('tells of what has come, answers, and gives every connection the same memory', async () => {
    const [one, other] = [await connection(), await connection()];
    for (const { near } of [one, other]) near.resume();
    one.far.write('first');
    await until(() => one.heard.length === 1);
    other.far.write('second');
    await until(() => other.heard.length === 1);
    expect([one.heard, other.heard]).toEqual([['first'], ['second']]);
    expect(Buffer.from(one.views[0] as Uint8Array).toString()).toBe('secon');
    one.near.write('ack');
    const [answer] = (await once(one.far, 'data')) as [Buffer];
    expect(answer.toString()).toBe('ack');
  });

  it('reads nothing before it is to, nor while it is paused', async () => {
    const { far, near, heard } = await connection();
    far.write('early');
    await new Promise((resolve) => void setTimeout(resolve, 30));
    expect(heard).toEqual([]);
    near.resume();
    await until(() => heard.length === 1);
    near.pause();
    far.write('late');
    await new Promise((resolve) => void setTimeout(resolve, 30));
    expect(heard).toEqual(['early']);
    near.resume();
    await until(() => heard.length === 2);
    expect(heard).toEqual(['early', 'late']);
  });

  it('still sends when its peer has closed the sending side, and ends when it is told to', async () => {
    const { far, near } = await connection();
    near.resume();
    far.end('last');
    await once(near, 'end');
    near.write('ack');
    const [answer] = (await once(far, 'data')) as [Buffer];
    expect(answer.toString()).toBe('ack');
    near.end();
    await once(near, 'close');
  });

  it('is the accepted one, read as usual, where that is gone already', async () => {
    const far = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [accepted] = (await once(server, 'connection')) as [Socket];
    ends.push(far, accepted);
    accepted.destroy();
    await once(accepted, 'close');
    expect(sharedReads(accepted, () => undefined)).toBe(accepted);
  });
});
