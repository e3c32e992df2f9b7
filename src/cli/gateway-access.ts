import { get } from 'node:http';
import type { Readable } from 'node:stream';
import { GatewayError } from '#errors/gateway-error';
import { seatFolder } from '../config/seats.ts';
import type { Config } from '../config/schema.ts';
import type { GatewaySigns } from '../lifecycle/diagnosis.ts';
import { readAdminAddress } from '../observe/admin-address.ts';
import { adminUrl, askAt } from '../observe/ask.ts';
import { seatsWithSpools } from '../processes/folders.ts';
import { joinedSigns } from '../processes/joined-signs.ts';
import type { Witness } from '../store/explain.ts';

/** Asks the gateway that runs on the data of the configuration, the first of its processes; `null` where none answers. */
export function askGateway<Answer>({ dataDir }: Config, name: string, question: unknown): Promise<Answer | null> {
  return askAt(dataDir, name, question);
}

/** Asks all processes of the gateway; gives the answers of those that give one. */
export async function askAll<Answer>(config: Config, name: string, question: unknown): Promise<Answer[]> {
  const answers = await Promise.all(foldersOf(config).map((folder) => askAt<Answer>(folder, name, question)));
  return answers.filter((answer) => answer !== null);
}

/** Admin ports of the processes of a gateway, as they were written down last; that of the configuration where none was. */
export function adminUrls(config: Config): string[] {
  const found = foldersOf(config).flatMap((folder) => readAdminAddress(folder) ?? []);
  return (found.length === 0 ? [config.admin] : found).map(adminUrl);
}

/** Folders in which the processes of a gateway say where they answer. */
function foldersOf(config: Config): string[] {
  return [1, ...seatsWithSpools(config)].map((seat) => seatFolder(config.dataDir, seat));
}

/**
 * Opens the streams that the processes of the gateway give until it ends, or the process does. Rejects with `listener_unreachable` where
 * no gateway answers, or gives none.
 */
export async function followFeeds(config: Config, path: string): Promise<Readable[]> {
  const [first = '', ...others] = foldersOf(config);
  const opened = await Promise.all([
    followFeed(first, path),
    ...others.map((folder) => followFeed(folder, path).catch(() => null)),
  ]);
  return opened.filter((stream) => stream !== null);
}

async function followFeed(dataDir: string, path: string): Promise<Readable> {
  const address = readAdminAddress(dataDir);
  const unreachable = (why: string, cause?: unknown): GatewayError =>
    new GatewayError('listener_unreachable', `no gateway that works on ${dataDir} can be followed: ${why}`, { cause });
  if (address === null) throw unreachable('none has run there');
  return new Promise((resolve, reject) => {
    // Not `fetch`: it gives up on a gateway that says nothing for minutes, as one at night does.
    const request = get(`${adminUrl(address)}${path}`, (response) => {
      if (response.statusCode === 200) resolve(response);
      else reject(unreachable(`it answers ${response.statusCode ?? 0}`));
    });
    request.on('error', (cause) => reject(unreachable(cause.message, cause)));
  });
}

/** The gateway of the configuration as a witness of its connections, whichever of its processes has them. */
export function witnessAt(config: Config): Witness {
  return { signsOf: async (idents) => joinedSigns(await askAll<GatewaySigns[]>(config, 'signs', { idents })) };
}
