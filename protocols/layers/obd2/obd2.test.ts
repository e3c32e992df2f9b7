import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { emptyMessage, signalOf, stateOf, type Message } from '#model/message';
import { SIGNAL_BY_KEY } from '#model/signals';
import { fromHex } from '#wire/hex';
import { supportedPids } from './current.ts';
import { addObdAnswer, addObdFrame, formatTroubleCode, isObdAnswerId, newIsoTpState } from './index.ts';
import { PID_FORMULAS, PID_LENGTHS } from './pids.ts';
import { readTroubleCodes } from './trouble-codes.ts';

function bytes(hex: string): Uint8Array {
  const read = fromHex(hex);
  if (read === null) throw new Error(`not hex: ${hex}`);
  return read;
}

function decodeAnswer(hex: string): Message {
  const message = emptyMessage(new Uint8Array());
  addObdAnswer(message, bytes(hex));
  return message;
}

/** Decodes `7E8#0341...` lines of one bus into one message. */
function decodeFrames(...frames: string[]): Message {
  const message = emptyMessage(new Uint8Array());
  const state = newIsoTpState();
  for (const frame of frames) {
    const [id, data] = frame.split('#') as [string, string];
    addObdFrame(message, state, Number.parseInt(id, 16), bytes(data));
  }
  return message;
}

// Answer of service 01 without its 41, key, value, unit. The first five are the peer's own test values (Traccar,
// ObdDecoderTest, which cuts 41 * 100 / 255 to a whole number); the rest is worked by hand from J1979's formulas.
const WORKED: readonly [answer: string, key: string, value: number, unit: string][] = [
  ['057B', 'engine.coolant.temperature', 83, 'CEL'],
  ['0C1324', 'engine.speed.value', 1225, 'RPM'],
  ['0D14', 'wheels.speed.value', 20, 'KMH'],
  ['31FA32', 'odometer.dtc.value', 64_050, 'KMT'],
  ['2F41', 'consumption.fuel.level', 25.490_196, 'P1'],
  ['04FF', 'engine.load.value', 100, 'P1'],
  ['0600', 'engine.trim.short1', -100, 'P1'],
  ['0780', 'engine.trim.long1', 0, 'P1'],
  ['08FF', 'engine.trim.short2', 99.218_75, 'P1'],
  ['09C0', 'engine.trim.long2', 50, 'P1'],
  ['0A64', 'consumption.fuel.pressure', 300, 'KPA'],
  ['0B65', 'engine.intake.pressure', 101, 'KPA'],
  ['0E94', 'engine.timing.advance', 10, 'DD'],
  ['0F3C', 'engine.intake.temperature', 20, 'CEL'],
  ['1001F4', 'engine.intake.flow', 5, 'F60'],
  ['1133', 'engine.throttle.position', 20, 'P1'],
  ['1F0E10', 'engine.run.duration', 3600, 'SEC'],
  ['210064', 'odometer.mil.value', 100, 'KMT'],
  ['2203E8', 'consumption.rail.relative', 79, 'KPA'],
  ['2303E8', 'consumption.rail.direct', 10_000, 'KPA'],
  ['2C33', 'engine.egr.commanded', 20, 'P1'],
  ['2D40', 'engine.egr.error', -50, 'P1'],
  ['3011', 'service.dtc.warmups', 17, 'C62'],
  ['3365', 'device.ambient.pressure', 101, 'KPA'],
  ['4237A0', 'service.module.voltage', 14.24, 'VLT'],
  ['4300FF', 'engine.load.absolute', 100, 'P1'],
  ['448000', 'engine.lambda.commanded', 1, 'C62'],
  ['4533', 'engine.throttle.relative', 20, 'P1'],
  ['463C', 'device.ambient.temperature', 20, 'CEL'],
  ['4766', 'engine.throttle.position2', 40, 'P1'],
  ['4999', 'engine.pedal.position', 60, 'P1'],
  ['4ACC', 'engine.pedal.position2', 80, 'P1'],
  ['4C33', 'engine.throttle.commanded', 20, 'P1'],
  ['4D003C', 'service.mil.duration', 60, 'MIN'],
  ['4E05A0', 'service.dtc.duration', 1440, 'MIN'],
  ['5104', 'consumption.fuel.type', 4, 'C62'],
  ['5233', 'consumption.ethanol.share', 20, 'P1'],
  ['5903E8', 'consumption.rail.absolute', 10_000, 'KPA'],
  ['5A33', 'engine.pedal.relative', 20, 'P1'],
  ['5BCC', 'charging.battery.level', 80, 'P1'],
  ['5C82', 'engine.oil.temperature', 90, 'CEL'],
  ['5D6900', 'engine.injection.timing', 0, 'DD'],
  ['5E0064', 'consumption.fuel.rate', 5, 'E32'],
  ['617D', 'engine.torque.demand', 0, 'P1'],
  ['62AF', 'engine.torque.actual', 50, 'P1'],
  ['630190', 'engine.torque.reference', 400, 'NU'],
  ['A60001E240', 'odometer.total.value', 12_345.6, 'KMT'],
];

describe('service 01', () => {
  it.each(WORKED)('%s is %s = %d %s', (answer, key, value, unit) => {
    const message = decodeAnswer(`41${answer}`);
    expect(message.signalKeys).toEqual([key]);
    expect(message.signalValues[0]).toBeCloseTo(value, 6);
    expect(SIGNAL_BY_KEY.get(key)?.unit).toBe(unit);
  });

  it('has every formula worked above, and a length that holds it', () => {
    const worked = new Set(WORKED.map(([answer]) => Number.parseInt(answer.slice(0, 2), 16)));
    expect([...PID_FORMULAS.keys()].filter((pid) => !worked.has(pid))).toEqual([]);
    for (const [pid, formula] of PID_FORMULAS) expect(PID_LENGTHS.get(pid)).toBe(formula.bytes);
  });

  it('reads the lamp and the number of codes of PID 01, the highest of several control units', () => {
    const message = decodeFrames('7E8#0641018307E500AA', '7E9#0641010000000000');
    expect(signalOf(message, 'service.mil.on')).toBe(1);
    expect(signalOf(message, 'service.dtc.count')).toBe(3);
  });

  it('lists the PIDs of the bitmaps', () => {
    // BE1FA813 is the worked example of Wikipedia's article on OBD-II PIDs.
    const expected = '01,03,04,05,06,07,0C,0D,0E,0F,10,11,13,15,1C,1F,20';
    expect(stateOf(decodeAnswer('4100BE1FA813'), 'service.pids.supported')).toBe(expected);
    expect(supportedPids(0x40, bytes('80000001'))).toEqual([0x41, 0x60]);
    expect(stateOf(decodeAnswer('4100BE1FA8132080000000'), 'service.pids.supported')).toBe(`${expected},21`);
  });

  it('walks through several PIDs of one answer, over those without a formula', () => {
    const message = decodeAnswer('410C13241C060D142F41');
    expect(message.signalKeys).toEqual(['engine.speed.value', 'wheels.speed.value', 'consumption.fuel.level']);
  });

  it('reads only the first PID where the lengths do not come out, as with a second bank or padding', () => {
    expect(decodeAnswer('4106C090').signalKeys).toEqual(['engine.trim.short1']);
    expect(decodeAnswer('410D14AAAAAAAA').signalKeys).toEqual(['wheels.speed.value']);
  });

  it('gives nothing for a PID it cannot read, and says so', () => {
    const message = emptyMessage(new Uint8Array());
    expect(addObdAnswer(message, bytes('41F30102'))).toEqual({ known: false, added: 0, unavailable: 0 });
    expect(addObdAnswer(message, bytes('410C13'))).toEqual({ known: true, added: 0, unavailable: 1 });
    expect(addObdAnswer(message, bytes('7F0112'))).toEqual({ known: true, added: 0, unavailable: 1 });
    expect(message).toEqual(emptyMessage(new Uint8Array()));
  });
});

describe('trouble codes', () => {
  it.each([
    [0x0d14, 'P0D14'],
    [0x0133, 'P0133'],
    [0x4123, 'C0123'],
    [0x9abc, 'B1ABC'],
    [0xd007, 'U1007'],
    [0x3fff, 'P3FFF'],
  ] as const)('%i is %s', (code, text) => {
    expect(formatTroubleCode(code)).toBe(text);
  });

  it('come with a count on CAN and without on older lines', () => {
    expect(readTroubleCodes(bytes('020D14C158'))).toEqual(['P0D14', 'U0158']);
    expect(readTroubleCodes(bytes('0D14C1580000'))).toEqual(['P0D14', 'U0158']);
    expect(readTroubleCodes(bytes('00'))).toEqual([]);
  });

  it('keep to the lists of their services, and count only the stored ones', () => {
    const message = emptyMessage(new Uint8Array());
    for (const answer of ['43020D140133', '43010133', '47010420', '4A00']) addObdAnswer(message, bytes(answer));
    expect(message.stateKeys).toEqual(['service.dtc.list', 'service.dtc.pending', 'service.dtc.permanent']);
    expect(message.stateValues).toEqual(['P0D14,P0133', 'P0420', '']);
    expect(message.signalKeys).toEqual(['service.dtc.count']);
    expect(message.signalValues).toEqual([2]);
  });
});

describe('service 09', () => {
  // The VIN exchange that CSS Electronics' introduction to OBD2 and Wikipedia's of ISO-TP both show in this form.
  const VIN = ['7E8#1014490201575030', '7E8#215A5A5A39395A54', '7E8#2253333932313234'];

  it('gives the VIN out of three frames', () => {
    expect(stateOf(decodeFrames(...VIN), 'device.vehicle.vin')).toBe('WP0ZZZ99ZTS392124');
  });

  it('gives no VIN where a frame is missing, comes twice, or out of order', () => {
    const [first, second, third] = VIN as [string, string, string];
    for (const frames of [
      [first, third],
      [second, third],
      [first, second],
      [first, second, second, third],
      [first, third, second],
    ]) {
      expect(decodeFrames(...frames).stateKeys).toEqual([]);
    }
  });

  it('gives no VIN that has not 17 characters', () => {
    expect(decodeAnswer(`490201${'00'.repeat(17)}`).stateKeys).toEqual([]);
  });

  it('gives the calibration identifications', () => {
    const ids = [...new TextEncoder().encode('03L906018JJ\0\0\0\0\0SW2\0\0\0\0\0\0\0\0\0\0\0\0\0')];
    const message = emptyMessage(new Uint8Array());
    addObdAnswer(message, Uint8Array.from([0x49, 0x04, 2, ...ids]));
    expect(stateOf(message, 'engine.calibration.id')).toBe('03L906018JJ,SW2');
  });
});

describe('frames', () => {
  it('are answers on eight ids of 11 bits and on any addressed to the tester of 29', () => {
    expect([0x7df, 0x7e0, 0x7e7, 0x7e8, 0x7ef, 0x7f0].map((id) => isObdAnswerId(id, false))).toEqual([
      false,
      false,
      false,
      true,
      true,
      false,
    ]);
    expect([0x18daf110, 0x18daf158, 0x18db33f1, 0x18da10f1, 0x7e8].map((id) => isObdAnswerId(id, true))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('give the value of a single frame without its padding', () => {
    expect(decodeFrames('7E8#03410D14AAAAAAAA').signalKeys).toEqual(['wheels.speed.value']);
    expect(decodeFrames('7E8#04410C132400000000').signalValues).toEqual([1225]);
  });

  it('of CAN FD give answers longer than seven bytes in one', () => {
    expect(decodeFrames('7E8#000A410C13240D142F410531').signalKeys).toHaveLength(4);
  });

  it('never throw and keep to their bounds whatever comes', () => {
    const frame = fc.record({ id: fc.integer({ min: 0, max: 60 }), data: fc.uint8Array({ maxLength: 64 }) });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 120 }), (frames) => {
        const state = newIsoTpState();
        const message = emptyMessage(new Uint8Array());
        for (const { id, data } of frames) addObdFrame(message, state, id, data);
        expect(state.size).toBeLessThanOrEqual(32);
      }),
    );
    const state = newIsoTpState();
    for (let id = 0; id < 100; id++) addObdFrame(emptyMessage(new Uint8Array()), state, id, bytes('1FFF4902015A5A5A'));
    expect(state.size).toBe(32);
  });

  it('give only keys of the catalogue, each once, whatever the answer', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0x41, 0x43, 0x47, 0x49, 0x4a, 0x7f, 0x42),
        fc.uint8Array({ maxLength: 60 }),
        (service, rest) => {
          const message = emptyMessage(new Uint8Array());
          addObdAnswer(message, Uint8Array.from([service, ...rest]));
          const keys = [...message.signalKeys, ...message.stateKeys];
          expect(new Set(keys).size).toBe(keys.length);
          expect(keys.filter((key) => !SIGNAL_BY_KEY.has(key))).toEqual([]);
          expect(message.signalValues.every((value) => Number.isFinite(value))).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
