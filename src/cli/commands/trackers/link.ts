/** `odograph trackers link` and `unlink`: links of the tracker page, which make a phone a tracker. */
import { Command, InvalidArgumentError } from 'commander';
import type { Config } from '../../../config/schema.ts';
import { givesPositions, pageUrl } from '../../../html5/address.ts';
import { PageLinks } from '../../../html5/links.ts';
import { qrLines } from '../../../html5/qr.ts';
import { PushEndpoints } from '../../../push/endpoints.ts';
import { openSealedBox } from '../../../secrets/key-file.ts';
import type { Store } from '../../../store/store.ts';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { note, say, sayJson, type Io } from '../../console-io.ts';
import { durationBetween } from '../../duration-option.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { trackerCalled, utc, withRegistry } from '../../registry.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

interface LinkOptions {
  expires?: number;
  base?: string;
  qr: boolean;
  json?: boolean;
}

const onTracker = (name: string): Command =>
  withConfigOptions(new Command(name)).argument('<tracker>', 'oid, tracker id, foreign tracker id or serial number');

/** `odograph trackers link`: makes a link that one phone opens once. */
export function linkCommand(io: Io, protocols: readonly string[]): Command {
  const command = onTracker('link')
    .description('make a link of the tracker page, which one phone opens once, and its QR code')
    .option('--expires <TIME>', 'how long it can be opened; 24h if not given', durationBetween(MINUTE_MS, 30 * DAY_MS))
    .option('--base <URL>', 'address under which phones reach the API; validation.publicUrl if not given', readBase)
    .option('--no-qr', 'leave the QR code out')
    .option('--json', 'one JSON document');
  return command.action(async (name: string, options: LinkOptions) => {
    const { config } = configOf(command, io, protocols);
    const base = options.base ?? baseOf(config);
    const { link, token } = await withRegistry(config, async (store) => {
      const { companyId, oid } = await trackerCalled(store, name);
      return linksOf(store, config).create(companyId, oid, options.expires ?? DAY_MS);
    });
    const url = pageUrl(base, token);
    if (options.json === true) return sayJson(io, { link, url });
    note(io, `this link can be opened once, until ${utc(link.expiresAt)}; it is shown this once:`);
    say(io, url);
    if (options.qr && io.out.isTTY === true) for (const line of qrLines(url)) say(io, line);
    if (!givesPositions(url)) {
      note(io, 'phones give their position to pages over https only: put TLS before the API and set validation.publicUrl');
    }
  });
}

/** `odograph trackers unlink`: ends the links of a tracker and the pages that have opened them. */
export function unlinkCommand(io: Io, protocols: readonly string[]): Command {
  const command = onTracker('unlink').description(
    'end all links of the tracker page of a tracker, and the phones that have opened them',
  );
  return command.action(async (name: string) => {
    const { config } = configOf(command, io, protocols);
    const ended = await withRegistry(config, async (store) => {
      const { companyId, oid } = await trackerCalled(store, name);
      const links = linksOf(store, config);
      const found = await links.list(companyId, oid);
      await links.endAll(companyId, oid);
      return found;
    });
    const opened = ended.filter(({ openedAt }) => openedAt !== null);
    say(io, `ended ${ended.length} links, ${opened.length} of them opened by a phone`);
  });
}

function linksOf(store: Store, { dataDir, secrets }: Config): PageLinks {
  const { documents } = store;
  const box = openSealedBox({ dataDir, keyFile: secrets.keyFile });
  const endpoints = new PushEndpoints(documents, box, Date.now);
  return new PageLinks({ documents, endpoints, trackerByOid: async (oid) => store.trackerByOid(oid), now: Date.now });
}

function readBase(text: string): string {
  if (/^https?:\/\/[^/\s?#]+(\/[^\s?#]*)?$/.test(text)) return text;
  throw new InvalidArgumentError('It takes an address such as https://telematics.example.com.');
}

function baseOf({ validation: { publicUrl }, api: { host, port, certFile } }: Config): string {
  if (publicUrl !== undefined) return publicUrl;
  if (port === 0)
    throw new CommandFailure('usage', 'api.port is 0, any free one: --base or validation.publicUrl says where the API is');
  const name = host.includes(':') ? `[${host}]` : host;
  return `${certFile === undefined ? 'http' : 'https'}://${name}:${port}`;
}
