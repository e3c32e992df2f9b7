/** Memory that an idle MQTT client costs the gateway: `npm run bench:mqtt-idle -- 5000`. */
import { holdIdleMqttClients } from '../test/support/idle-mqtt.ts';
import { teltonikaGolden } from '../test/support/mqtt-gateway.ts';

const HOLD_MS = 10_000;
const clients = Number(process.argv[2] ?? 5_000);
const { bytesPerClient, connectMs, held, acknowledged } = await holdIdleMqttClients(
  clients,
  HOLD_MS,
  teltonikaGolden('codec8-spec-1'),
);
console.log(`${clients} MQTT clients: ${held} held, ${acknowledged} acknowledged when each published once`);
console.log(`${(bytesPerClient / 1_024).toFixed(1)} KiB of the gateway's memory each`);
console.log(`connected in ${(connectMs / 1_000).toFixed(1)} s, ${Math.round((clients / connectMs) * 1_000)} a second`);
