/** `odograph simulate-cloud`: the clouds of the providers and the browser, made up, for whoever has none at hand. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { SIMULATED_ACCOUNTS } from '../../simulate/clouds/accounts.ts';
import { PUSHED_BODIES, type PushingProvider } from '../../simulate/clouds/bodies.ts';
import type { CloudServer } from '../../simulate/clouds/cloud-server.ts';
import { driveOf } from '../../simulate/clouds/drive.ts';
import { HMAC_HEADERS, pushBody, type SenderProof } from '../../simulate/clouds/push.ts';
import { cloudUrls, monitorTarget, startClouds } from '../../simulate/clouds/simulated-clouds.ts';
import { note, say, sayJson, sayTable, type Io } from '../console-io.ts';
import { CommandFailure } from '../exit-codes.ts';
import { numberBetween } from '../number-option.ts';
import { untilStopped } from '../signals.ts';

const DEFAULT_PORT = 8_090;
/** Longest text of an answer that is shown. */
const SHOWN_CHARS = 300;

export function simulateCloudCommand(io: Io): Command {
  return new Command('simulate-cloud')
    .description("simulate the providers' clouds, and a browser: what they answer, and what they push")
    .addCommand(serveCommand(io))
    .addCommand(pushCommand(io));
}

function serveCommand(io: Io): Command {
  const command = new Command('serve')
    .description('answer as the clouds of bmw, cartrack, mercedes-benz, silence and stellantis do, until SIGTERM or SIGINT')
    .option('--port <PORT>', 'port on 127.0.0.1; 0 takes any free one', numberBetween(0, 65_535), DEFAULT_PORT);
  return command.action(async ({ port }: { port: number }) => {
    const clouds = await opened(port);
    const stop = untilStopped();
    sayClouds(io, clouds.url);
    await stop.promise;
    stop.forget();
    await clouds.close();
  });
}

async function opened(port: number): Promise<CloudServer> {
  try {
    return await startClouds(port);
  } catch (cause) {
    throw new CommandFailure('unavailable', `port ${port} cannot be listened on: --port says which one to take`, { cause });
  }
}

function sayClouds(io: Io, url: string): void {
  const urls = cloudUrls(url);
  say(io, `Simulated clouds answer on ${url}. What they know:\n`);
  const rows = Object.entries(SIMULATED_ACCOUNTS).map(([name, { vehicle, credentials }]) => {
    return [name, urls[name as keyof typeof urls], vehicle, JSON.stringify(credentials)];
  });
  sayTable(io, ['provider', 'address of the API', 'vehicle', 'credentials'], rows);
}

interface PushOptions {
  provider: PushingProvider;
  to?: string;
  vehicle?: string;
  cloud: string;
  odometer: number;
  minutes: number;
  every: number;
  header?: { header: string; value: string };
  basic?: string;
  bearer?: string;
  hmac?: string;
  standardWebhooks?: string;
  json?: boolean;
}

function pushCommand(io: Io): Command {
  const { header, prefix, timestampHeader } = HMAC_HEADERS;
  const command = new Command('push')
    .description('push the drive of one vehicle to an endpoint as its cloud does; each body must be answered 2xx')
    .addOption(
      new Option('-p, --provider <NAME>', 'whose cloud; html5 is the page of a browser')
        .choices(Object.keys(PUSHED_BODIES))
        .makeOptionMandatory(),
    )
    .option('--to <URL>', 'address of the endpoint; of stellantis, the one it was given by a validation if not given')
    .option('--vehicle <ID>', 'VIN or IMEI of the vehicle; the one that the simulated cloud knows if not given')
    .option('--cloud <URL>', 'address of the simulated clouds', `http://127.0.0.1:${DEFAULT_PORT}`)
    .option('--odometer <KM>', 'what its dashboard shows, km', numberBetween(0, 10_000_000), 48_210)
    .option('--minutes <COUNT>', 'minutes to drive, ending now', numberBetween(1, 1_000), 3)
    .option('--every <SECONDS>', 'seconds between two states', numberBetween(1, 300), 10)
    .option('--header <NAME:VALUE>', 'prove it by a header', headerOf)
    .option('--basic <USER:PASSWORD>', 'prove it by Authorization: Basic')
    .option('--bearer <SECRET>', 'prove it by Authorization: Bearer')
    .option('--hmac <SECRET>', `prove it by ${header}: ${prefix}HEX over the time in ${timestampHeader} and the body`)
    .option('--standard-webhooks <SECRET>', 'prove it by a signature of Standard Webhooks')
    .option('--json', 'one JSON document');
  return command.action(async (options: PushOptions) => {
    const to = options.to ?? (await targetOf(options));
    const bodies = bodiesOf(options);
    const proof = proofOf(options);
    for (const [i, body] of bodies.entries()) await push(to, body, proof, `body ${i + 1} of ${bodies.length}`);
    if (options.json === true) sayJson(io, { provider: options.provider, pushed: bodies.length });
    else note(io, `${options.provider}: ${bodies.length} bodies pushed, each answered as received`);
  });
}

function headerOf(text: string): { header: string; value: string } {
  const [, header, value] = /^([A-Za-z0-9-]+): *(\S.*)$/.exec(text) ?? [];
  if (header === undefined || value === undefined)
    throw new InvalidArgumentError('It takes a name and a value: "X-Key: secret".');
  return { header, value };
}

async function targetOf({ provider, cloud }: PushOptions): Promise<string> {
  if (provider !== 'stellantis') throw new CommandFailure('usage', `--to says where ${provider} pushes to`);
  let target: string | null;
  try {
    target = await monitorTarget(cloud);
  } catch (cause) {
    const start = 'odograph simulate-cloud serve starts them';
    throw new CommandFailure('unavailable', `no simulated clouds answer on ${cloud}: ${start}`, { cause });
  }
  if (target === null) throw new CommandFailure('refused', 'nobody has subscribed at stellantis yet: validate a tracker first');
  return target;
}

function bodiesOf({ provider, vehicle, minutes, every, odometer }: PushOptions): string[] {
  const states = driveOf({ until: Date.now(), minutes, everyMs: every * 1_000, odometerKm: odometer });
  const known = provider === 'html5' ? '' : SIMULATED_ACCOUNTS[provider].vehicle;
  return PUSHED_BODIES[provider](vehicle ?? known, states).map((body) => JSON.stringify(body));
}

function proofOf({ header, basic, bearer, hmac, standardWebhooks }: PushOptions): SenderProof {
  const given: SenderProof[] = [];
  if (header !== undefined) given.push({ kind: 'header', ...header });
  if (basic !== undefined) given.push({ kind: 'basic', secret: basic });
  if (bearer !== undefined) given.push({ kind: 'bearer', secret: bearer });
  if (hmac !== undefined) given.push({ kind: 'hmac', secret: hmac });
  if (standardWebhooks !== undefined) given.push({ kind: 'standard-webhooks', secret: standardWebhooks });
  if (given.length > 1) throw new CommandFailure('usage', 'an endpoint asks for one proof: give one');
  return given[0] ?? { kind: 'path' };
}

async function push(to: string, body: string, proof: SenderProof, which: string): Promise<void> {
  let answer: Awaited<ReturnType<typeof pushBody>>;
  try {
    answer = await pushBody(to, body, proof, Date.now());
  } catch (cause) {
    throw new CommandFailure('unavailable', `nobody answers at the address that was given`, { cause });
  }
  if (answer.status >= 200 && answer.status < 300) return;
  throw new CommandFailure('refused', `${which} was answered ${answer.status}: ${answer.text.slice(0, SHOWN_CHARS)}`);
}
