import { holdIdleMqttClients } from '../../test/support/idle-mqtt.ts';
import { holdIdleConnections } from '../../test/support/idle-tcp.ts';
import { teltonikaGolden } from '../../test/support/mqtt-gateway.ts';
import type { Bench, Figure } from '../frame/bench.ts';

const CONNECTIONS = 10_000;
const CLIENTS = 5_000;
const HOLD_MS = 5_000;
const TARGET_BYTES = { tcp: 8_000, mqtt: 20_000 };

function figures(bytes: number, connectMs: number, connections: number, target?: number): Figure[] {
  return [
    {
      name: 'memory of one',
      value: bytes,
      unit: 'bytes',
      better: 'less',
      ...(target === undefined ? {} : { target }),
    },
    { name: 'logged in', value: (connections / connectMs) * 1_000, unit: '1/s', better: 'more' },
  ];
}

function tcp(tls: boolean): Bench {
  return {
    name: tls ? 'memory/tls-idle' : 'memory/tcp-idle',
    about: `Resident memory of a gateway for each of ${CONNECTIONS} idle boxes over ${tls ? 'TLS' : 'TCP'}, logged in; without garbage.`,
    seconds: 40,
    set: 'named',
    run: async () => {
      const report = await holdIdleConnections({ connections: CONNECTIONS, tls, holdMs: HOLD_MS });
      if (report.acknowledged !== CONNECTIONS)
        throw new Error(`${report.acknowledged} of ${CONNECTIONS} were acknowledged at the end`);
      return figures(report.bytesPerConnection, report.connectMs, CONNECTIONS, tls ? undefined : TARGET_BYTES.tcp);
    },
  };
}

export const BENCHES: readonly Bench[] = [
  tcp(false),
  tcp(true),
  {
    name: 'memory/mqtt-idle',
    about: `Resident memory of a gateway for each of ${CLIENTS} idle MQTT clients; without garbage.`,
    seconds: 40,
    set: 'named',
    run: async () => {
      const report = await holdIdleMqttClients(CLIENTS, HOLD_MS, teltonikaGolden('codec8-spec-1'));
      if (report.acknowledged !== CLIENTS) throw new Error(`${report.acknowledged} of ${CLIENTS} were acknowledged at the end`);
      return figures(report.bytesPerClient, report.connectMs, CLIENTS, TARGET_BYTES.mqtt);
    },
  },
];
