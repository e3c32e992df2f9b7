/** A fleet's DBC file, from the configuration to a row in ClickHouse. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CODECS } from '#protocols/all';
import { encodeFrame } from '#protocols/can-frames/encode';
import { Gateway } from '../../src/app.ts';
import { odograph } from '../../src/cli/cli-fixture.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { exchange } from '../support/sockets.ts';
import { removeFolder } from '../support/remove-folder.ts';

const dir = mkdtempSync(join(tmpdir(), 'odograph-dbc-flow-'));
const file = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};

const DBC = `BO_ 291 Dash: 8 X
 SG_ Speed : 7|16@0+ (1E-002,0) [0|0] "km/h" X
 SG_ Door : 16|2@1+ (1,0) [0|0] "" X
VAL_ 291 Door 0 "closed" 1 "open" ;
`;

function configFile(mapping: string): string {
  const listener = '{name: boxes, host: 127.0.0.1, port: 0, protocols: [can-frames]}';
  const dbc = `dbc: {car: {mapping: ${mapping}}}\n`;
  return file(
    'odograph.yaml',
    `dataDir: ${join(dir, 'data')}\nlisteners: [${listener}]\nadmin: {port: 0}\napi: {port: 0}\n${dbc}`,
  );
}

function startGateway(mapping: string): Promise<Gateway> {
  const { config } = loadConfig({ file: configFile(mapping), environment: {}, known: { protocols: [...CODECS.keys()] } });
  return Gateway.start({ config, logger: createLogger({ level: 'silent', format: 'json' }), version: '0' });
}

beforeAll(() => void file('car.dbc', DBC));
afterAll(() => removeFolder(dir));

test('signals of a mapped file land normalised, the others under their own names', async () => {
  const gateway = await startGateway(file('car.yaml', 'dbc: [car.dbc]\nsignals: { Dash.Speed: wheels.speed.value }\n'));
  try {
    const dash = { id: 0x123, data: Uint8Array.of(0x13, 0x88, 0x01, 0, 0, 0, 0, 0), bus: 0, offsetMs: 0 };
    const frame = encodeFrame(7, { ident: 'box-1', profile: 'car', records: [{ timeMs: 1767225600000, frames: [dash] }] });
    const { received } = await exchange({ port: gateway.ports['boxes'] ?? 0, chunks: [frame], expect: 8 });
    expect(received.toString('latin1', 0, 4)).toBe('ODAK');
    expect(received.readUInt32BE(4)).toBe(7);
    await gateway.sinkUp;
    await gateway.drained(AbortSignal.timeout(20_000));
    const sql = 'SELECT ident, signals, states FROM messages';
    const { out, err } = await odograph('query', sql, '--json', '--config', join(dir, 'odograph.yaml'));
    expect(err).toBe('');
    expect(JSON.parse(out)).toEqual([
      { ident: 'box-1', signals: { 'wheels.speed.value': 50, 'dbc.Dash.Door': 1 }, states: { 'dbc.Dash.Door': 'open' } },
    ]);
  } finally {
    await gateway.stop();
  }
});

test('a file that is not understood ends the start before anything is opened', async () => {
  const before = readFileSync(join(dir, 'car.dbc'), 'utf8');
  file('car.dbc', before.replace('7|16@0+', '7|16@'));
  await expect(startGateway(join(dir, 'car.yaml'))).rejects.toThrow(/car\.dbc:2: not understood.*config_invalid/s);
});
