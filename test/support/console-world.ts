/** A gateway with something to see for whoever runs it: devices that send, frames in quarantine, a webhook that was called. */
import { CODECS } from '#protocols/all';
import { codecRegistry } from '#protocols/registry';
import { freePort } from '../../src/sink/clickhouse/embedded/endpoint.ts';
import { encodeFrame, encodeLogin } from '../../protocols/teltonika/encode.ts';
import { CLIENT, IdentityProvider } from './identity-provider.ts';
import { bug, lines } from './lines-codec.ts';
import { PlainClient } from './plain-client.ts';
import { newDataDir, RunningGateway } from './running-gateway.ts';
import { answering, WebhookReceiver } from './webhook-receiver.ts';

const IMEI = '356307042441013';
/** Nobody registers it. */
const STRANGER = '359632104952350';
const SEND_EVERY_MS = 400;

export class ConsoleWorld {
  readonly gateway: RunningGateway;
  readonly origin: string;
  readonly provider: IdentityProvider;
  readonly receiver: WebhookReceiver;
  readonly #driving: { client: PlainClient; timer: NodeJS.Timeout }[] = [];

  private constructor(gateway: RunningGateway, origin: string, provider: IdentityProvider, receiver: WebhookReceiver) {
    this.gateway = gateway;
    this.origin = origin;
    this.provider = provider;
    this.receiver = receiver;
  }

  static async start(): Promise<ConsoleWorld> {
    bug.ill = 'says nonsense';
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const redirectUrl = `${origin}/console/oidc/callback`;
    const [provider, receiver] = [await IdentityProvider.start(redirectUrl), await WebhookReceiver.open()];
    const rules = [
      { claim: 'groups', value: 'fleet-admins', role: 'admin', company: 'default' },
      { claim: 'groups', value: 'gateway', role: 'operator' },
    ];
    const { issuer } = provider;
    const oidc = { name: 'Acme', issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret, redirectUrl, rules };
    const gateway = await RunningGateway.start(
      {
        api: { port },
        signIn: { oidc },
        listeners: [
          { name: 'trackers', host: '127.0.0.1', port: 0, protocols: ['teltonika', 'astra-telematics'] },
          { name: 'liners', host: '127.0.0.1', port: 0, protocols: ['lines'] },
        ],
        providers: { astrata: { protocols: ['lines', 'teltonika'] } },
        clickhouse: { batchAgeMs: 50 },
        // What waits when it ends is nobody's.
        shutdown: { drainMs: 0 },
        webhooks: { allowHttp: true, allowPrivateAddresses: ['127.0.0.1'], retryMinMs: 100, retryMaxMs: 300 },
      },
      newDataDir(),
      codecRegistry([...CODECS.values(), lines]),
    );
    return new ConsoleWorld(gateway, origin, provider, receiver);
  }

  get key(): string {
    return this.gateway.gateway.firstKey?.secret ?? '';
  }

  /** Registers a tracker, which webhooks are told of. */
  async register(plate: string, trackerId = IMEI): Promise<void> {
    await this.gateway.ask('POST', '/v1/trackers/register', {
      tracker_id: trackerId,
      provider: 'astrata',
      type: 'obd',
      vehicle_type: 'car',
      object_id: { license_plate: plate, make: 'Honda', model: 'Civic' },
    });
  }

  /** Has frames refused by a codec that is ill: see `mend`. */
  async poison(frames: number): Promise<void> {
    const client = await PlainClient.connect(this.gateway.port('liners'));
    client.say(...Array.from({ length: frames }, (_, i) => Buffer.from(`>poison ${i + 1}\n`)));
    await client.hear(frames);
    client.leave();
    await this.gateway.stored();
  }

  /** The codec is mended: what it refused can be tried again. */
  mend(): void {
    bug.ill = 'none';
  }

  /** Devices that send on and on, one of them a stranger, until the world ends. */
  async drive(devices = 3): Promise<void> {
    for (let i = 0; i < devices; i++) {
      const client = await PlainClient.connect(this.gateway.port());
      client.say(encodeLogin(i === 0 ? STRANGER : String(Number(IMEI) + i)));
      let round = 0;
      const timer = setInterval(() => {
        const fix = {
          lat: 40.4 + round / 1_000,
          lon: -3.69,
          valid: true,
          altitudeM: 650,
          speedKmh: 40,
          courseDeg: 0,
          satellites: 11,
        };
        client.say(encodeFrame({ codec: '8', records: [{ deviceTime: Date.now() - (round++ % 7), fix, io: [] }] }));
      }, SEND_EVERY_MS);
      this.#driving.push({ client, timer });
    }
  }

  /** The webhooks' receiver answers with an error from now on, or no more. */
  fail(isFailing: boolean): void {
    this.receiver.behaviour = isFailing ? answering(500, {}, 'out of order') : answering(204);
  }

  async close(): Promise<void> {
    for (const { client, timer } of this.#driving) {
      clearInterval(timer);
      client.leave();
    }
    Object.assign(bug, { ill: 'none', registered: true, decodes: 0 });
    await this.gateway.remove();
    await this.provider.close();
    await this.receiver.close();
  }
}
