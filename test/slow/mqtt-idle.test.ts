import { expect, it } from 'vitest';
import { holdIdleMqttClients } from '../support/idle-mqtt.ts';
import { teltonikaGolden } from '../support/mqtt-gateway.ts';

const CLIENTS = 5_000;
/** About twice what `npm run bench -- memory/mqtt-idle` finds. */
const BYTES_PER_CLIENT = 15 * 1_024;

it(`holds ${CLIENTS} idle MQTT clients, each of which is acknowledged when it publishes at last`, async () => {
  const report = await holdIdleMqttClients(CLIENTS, 10_000, teltonikaGolden('codec8-spec-1'));
  expect(report).toMatchObject({ held: CLIENTS, acknowledged: CLIENTS });
  expect(report.bytesPerClient).toBeLessThan(BYTES_PER_CLIENT);
});
