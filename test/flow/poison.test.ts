/**
 * Frames on which a codec fails, and frames whose codec this version no longer has: each ends in quarantine with its bytes, and
 * neither the gateway nor a start of it ends for them.
 */
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { CODECS } from '#protocols/all';
import { codecRegistry } from '#protocols/registry';
import { bug, lines } from '../support/lines-codec.ts';
import { PlainClient } from '../support/plain-client.ts';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';
import { SteadyDevice } from '../support/steady-device.ts';
import { sumOf } from '../support/metrics.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const NOBODY = { mode: 'server', url: 'http://127.0.0.1:9' };
const LISTENERS = [
  { name: 'liners', host: '127.0.0.1', port: 0, protocols: ['lines'] },
  { name: 'trackers', host: '127.0.0.1', port: 0, protocols: ['teltonika'] },
];

const dataDir = newDataDir();
let gateway: RunningGateway;

afterEach(() => {
  Object.assign(bug, { ill: 'none', registered: true, decodes: 0 });
});
afterAll(() => removeFolder(dataDir));

interface Kept {
  code: string;
  detail: string;
  text: string;
}

async function start(clickhouse: object, listeners: object[] = LISTENERS): Promise<void> {
  const codecs = codecRegistry([...CODECS.values(), ...(bug.registered ? [lines] : [])]);
  gateway = await RunningGateway.start({ listeners, clickhouse: { batchAgeMs: 20, ...clickhouse } }, dataDir, codecs);
}

const quarantined = (): Promise<Kept[]> =>
  gateway.rows<Kept>('SELECT code, detail, frame AS text FROM odograph.quarantine ORDER BY spool_seq');
const stored = async (): Promise<string[]> => {
  const rows = await gateway.rows<{ text: string }>(
    `SELECT f.frame AS text FROM odograph.messages AS m INNER JOIN odograph.frames AS f USING (spool_id, spool_seq)
     WHERE m.ident = 'liner' ORDER BY spool_seq`,
  );
  return rows.map(({ text }) => text);
};

describe('a frame on which its codec fails', () => {
  it('while it is received, is kept unacknowledged, and only its connection ends', async () => {
    bug.ill = 'throws';
    await start({});
    const beside = await SteadyDevice.connect(gateway.port(), '001010010000060');
    const client = await PlainClient.connect(gateway.port('liners'));
    client.say(Buffer.from('>one\n'), Buffer.from('>poison 1\n'), Buffer.from('>never read\n'));
    await until('the connection ends', () => client.ended);
    expect(client.heard.toString()).toBe('+');
    client.leave();
    await beside.send(3);
    await beside.allAcknowledged();
    beside.leave();
    await gateway.stored();
    const [kept, ...more] = await quarantined();
    expect(more).toEqual([]);
    expect(kept).toMatchObject({ code: 'bug_invariant', text: '>poison 1\n>never read\n' });
    expect(kept?.detail).toMatch(/^Error: planted\n/);
    expect(await stored()).toEqual(['>one\n']);
    await gateway.stop();
  });

  it.each(['throws later', 'says nonsense'] as const)(
    'after it was acknowledged (the codec %s), is kept, and does not stop what comes behind it, now or after a restart',
    async (ill) => {
      bug.ill = ill;
      await start({});
      const before = (await quarantined()).length;
      const client = await PlainClient.connect(gateway.port('liners'));
      client.say(Buffer.from(`>before ${ill}\n`), Buffer.from(`>poison ${ill}\n`), Buffer.from(`>behind ${ill}\n`));
      await client.hear(3);
      client.leave();
      await gateway.stored();
      const kept = (await quarantined()).slice(before);
      expect(kept.map(({ code, text }) => [code, text])).toEqual([['bug_invariant', `>poison ${ill}\n`]]);
      expect(await stored()).toEqual(expect.arrayContaining([`>before ${ill}\n`, `>behind ${ill}\n`]));
      expect(sumOf(await gateway.metrics(), 'ledger_imbalance_frames')).toBe(0);
      await gateway.stop();
      await start({});
      await gateway.stored();
      expect(await quarantined()).toHaveLength(before + 1);
      await gateway.stop();
    },
  );
});

describe('a frame whose codec is gone', () => {
  it('since it was acknowledged, ends in quarantine after the restart, and what is beside it is stored', async () => {
    await start(NOBODY);
    const client = await PlainClient.connect(gateway.port('liners'));
    client.say(Buffer.from('>orphan\n'));
    await client.hear(1);
    client.leave();
    const beside = await SteadyDevice.connect(gateway.port(), '001010010000078');
    await beside.send(2);
    await beside.allAcknowledged();
    beside.leave();
    await gateway.stop();

    bug.registered = false;
    await start({}, LISTENERS.slice(1));
    await gateway.stored();
    expect((await quarantined()).at(-1)).toEqual({
      code: 'decode_unsupported',
      detail: 'this version has no codec "lines"',
      text: '>orphan\n',
    });
    const rows = await gateway.rows("SELECT ident FROM odograph.messages WHERE ident = '001010010000078'");
    expect(rows).toHaveLength(2);
    expect(sumOf(await gateway.metrics(), 'frames_in_flight')).toBe(0);
    await gateway.stop();
  });
});
