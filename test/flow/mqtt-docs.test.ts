/** The examples of docs/mqtt.md, run as they stand but for port and folder. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { haveMosquitto, Mosquitto, mosquittoPub } from '../support/mosquitto.ts';
import { teltonikaGolden } from '../support/mqtt-gateway.ts';
import { RunningGateway, type TestSettings } from '../support/running-gateway.ts';
import { removeFolder } from '../support/remove-folder.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/mqtt.md'), 'utf8');
const IDENT = '356307042441013';
const run = promisify(execFile);

function examples(language: string): string[] {
  return [...PAGE.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, kind]) => kind === language)
    .map(([, , code = '']) => code);
}

/** What an example says, on another port. */
const onPort = (example: string, port: number) => example.replaceAll('1883', String(port));

let folder: string;
let gateway: RunningGateway | null = null;
let broker: Mosquitto | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'odograph-docs-'));
});
afterEach(async () => {
  await gateway?.remove();
  await broker?.remove();
  gateway = null;
  broker = null;
  removeFolder(folder);
});

async function storedIdents(of: RunningGateway): Promise<string[]> {
  await of.stored();
  const rows = await of.rows<{ ident: string }>('SELECT ident FROM odograph.messages FINAL');
  return rows.map(({ ident }) => ident);
}

/** Runs an example of the shell in the folder, with the command `odograph`. */
async function shell(example: string, variables: Record<string, string> = {}): Promise<{ stdout: string; stderr: string }> {
  const command = `odograph() { '${process.execPath}' --disable-warning=ExperimentalWarning '${ROOT}/src/main.ts' "$@"; }`;
  return run('bash', ['-e', '-o', 'pipefail', '-c', `${command}\n${example}`], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...variables },
  });
}

describe('the page on MQTT', () => {
  it('has a configuration, a password and clients that work together', async () => {
    const [password = '', publish = ''] = examples('sh');
    const { stderr } = await shell(password);
    const PASSWORD = /^password: (\S+)$/m.exec(stderr)?.[1] ?? '';
    const settings = parse(onPort(examples('yaml')[0] ?? '', 0)) as TestSettings & {
      listeners: [{ mqtt: Record<string, string> }];
    };
    settings.listeners[0].mqtt['credentialsFile'] = join(folder, 'devices.txt');
    gateway = await RunningGateway.start({ clickhouse: { batchAgeMs: 20 }, ...settings });
    const port = gateway.port('mqtt');

    writeFileSync(join(folder, 'publish.mjs'), onPort(examples('js')[0] ?? '', port));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await run(process.execPath, ['publish.mjs'], { cwd: folder, env: { PASSWORD } });
    expect(await storedIdents(gateway)).toEqual([IDENT]);

    if (haveMosquitto) await shell(onPort(publish, port), { PASSWORD });
    // The same frame, so the same record.
    expect(await storedIdents(gateway)).toEqual([IDENT]);
    const frames = await gateway.rows<{ frames: string }>('SELECT count() AS frames FROM odograph.frames');
    expect(frames).toEqual([{ frames: haveMosquitto ? '2' : '1' }]);
  });

  it.skipIf(!haveMosquitto)('has a subscription that works', async () => {
    broker = await Mosquitto.start();
    const settings = parse(onPort(examples('yaml')[1] ?? '', broker.port)) as TestSettings;
    gateway = await RunningGateway.start({ clickhouse: { batchAgeMs: 20 }, ...settings });
    const { gateway: running } = gateway;
    // What is published before the subscription is up goes to nobody.
    while (running.ledger.snapshot().length === 0) {
      await mosquittoPub(broker.port, `fleet/${IDENT}/raw/teltonika`, teltonikaGolden('codec8-spec-1'));
    }
    expect(await storedIdents(gateway)).toEqual([IDENT]);
  });
});
