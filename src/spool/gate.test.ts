import { expect, it } from 'vitest';
import { Gate } from './gate.ts';

it('leaves every listener with the last answer, whoever changes it while the others are being told', () => {
  const gate = new Gate();
  gate.set('full', 'no room');
  const told: [string, boolean][] = [];
  const last = (name: string): boolean | undefined => told.findLast(([of]) => of === name)?.[1];
  gate.onAccepting((accepting) => told.push(['before', accepting]));
  gate.onAccepting((accepting) => {
    told.push(['eager', accepting]);
    // Sockets are read again, and at once more comes in than may wait for the disk.
    if (accepting) gate.set('pending', 'slow');
  });
  gate.onAccepting((accepting) => told.push(['behind', accepting]));
  gate.set('full', null);
  expect(gate.accepting).toBe(false);
  expect(gate.refusal).toBe('slow');
  expect(['before', 'eager', 'behind'].map(last)).toEqual([false, false, false]);
});
