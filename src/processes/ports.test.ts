import { createServer, type AddressInfo, type Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { seePortsFree } from './ports.ts';

let server: Server | null = null;
afterEach(() => server?.close());

function listen(): Promise<number> {
  return new Promise((resolve) => {
    const opened = createServer();
    server = opened;
    // Shared, as a gateway of several processes does: whoever shares it too is refused nothing by the kernel.
    opened.listen({ host: '127.0.0.1', port: 0, reusePort: true }, () => resolve((opened.address() as AddressInfo).port));
  });
}

const portAt = (port: number) => [{ name: 'boxes', host: '127.0.0.1', port }];

it('refuses a port that somebody else shares already', async () => {
  const port = await listen();
  await expect(seePortsFree(portAt(port), 100)).rejects.toMatchObject({
    code: 'listener_bind',
    detail: `listener "boxes" cannot bind 127.0.0.1:${port}: another process listens there`,
  });
});

it('waits a moment for a predecessor that is about to let go', async () => {
  const port = await listen();
  const seen = seePortsFree(portAt(port));
  await pause(50);
  server?.close();
  await expect(seen).resolves.toBeUndefined();
});

it('lets go of the ports it has seen, and asks for none where any will do', async () => {
  const port = await listen();
  server?.close();
  await seePortsFree(portAt(port));
  await expect(seePortsFree([...portAt(port), ...portAt(0)])).resolves.toBeUndefined();
});

it('says what is wrong with an address at once', async () => {
  const error = { code: 'listener_bind', detail: 'listener "boxes" cannot bind 192.0.2.1:5027: EADDRNOTAVAIL' };
  await expect(seePortsFree([{ name: 'boxes', host: '192.0.2.1', port: 5_027 }])).rejects.toMatchObject(error);
});
