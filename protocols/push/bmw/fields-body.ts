/** CarData descriptors of what opens and locks: doors, boot, windows, roof, lights. */
import { amount, both, flag, ranked, text, words, type FieldRule } from '#protocols/layers/push/rules';

const OPEN = { OPEN: true, CLOSED: false } as const;
const WINDOW = { OPEN: true, INTERMEDIATE: true, CLOSED: false } as const;
const LOCKED = { SECURED: true, LOCKED: true, UNLOCKED: false, SELECTIVE_LOCKED: false } as const;
const TRUNK = 'vehicle.body.trunk';
const ROOF = 'vehicle.cabin.sunroof';

export const BODY_FIELDS: Readonly<Record<string, FieldRule>> = {
  'vehicle.body.hood.isOpen': flag('doors.hood.open', OPEN),
  'vehicle.body.lights.isRunningOn': flag('lights.any.on'),
  [`${TRUNK}.isOpen`]: flag('doors.trunk.open', OPEN),
  [`${TRUNK}.isLocked`]: flag('doors.trunk.locked'),
  [`${TRUNK}.door.isOpen`]: flag('doors.tailgate.open', OPEN),
  [`${TRUNK}.left.door.isOpen`]: flag('doors.tailgate_left.open', OPEN),
  [`${TRUNK}.right.door.isOpen`]: flag('doors.tailgate_right.open', OPEN),
  [`${TRUNK}.upper.door.isOpen`]: flag('doors.tailgate_upper.open', OPEN),
  [`${TRUNK}.lower.door.isOpen`]: flag('doors.tailgate_lower.open', OPEN),
  [`${TRUNK}.window.isOpen`]: flag('windows.rear.open', OPEN),

  'vehicle.cabin.door.lock.status': both(text('doors.lock.state'), flag('doors.all.locked', LOCKED)),
  'vehicle.cabin.door.status': ranked(-1, both(text('doors.lock.state'), flag('doors.all.locked', LOCKED))),
  'vehicle.cabin.door.row1.driver.isOpen': flag('doors.driver.open', OPEN),
  'vehicle.cabin.door.row1.driver.position': amount('doors.driver.position', 'percent'),
  'vehicle.cabin.door.row1.passenger.isOpen': flag('doors.passenger.open', OPEN),
  'vehicle.cabin.door.row1.passenger.position': amount('doors.passenger.position', 'percent'),
  'vehicle.cabin.door.row2.driver.isOpen': flag('doors.rear_driver.open', OPEN),
  'vehicle.cabin.door.row2.driver.position': amount('doors.rear_driver.position', 'percent'),
  'vehicle.cabin.door.row2.passenger.isOpen': flag('doors.rear_passenger.open', OPEN),
  'vehicle.cabin.door.row2.passenger.position': amount('doors.rear_passenger.position', 'percent'),

  'vehicle.cabin.window.row1.driver.status': flag('windows.driver.open', WINDOW),
  'vehicle.cabin.window.row1.passenger.status': flag('windows.passenger.open', WINDOW),
  'vehicle.cabin.window.row2.driver.status': flag('windows.rear_driver.open', WINDOW),
  'vehicle.cabin.window.row2.passenger.status': flag('windows.rear_passenger.open', WINDOW),
  [`${ROOF}.overallStatus`]: text('windows.sunroof.state'),
  [`${ROOF}.status`]: flag('windows.sunroof.open', WINDOW),
  [`${ROOF}.tiltStatus`]: flag('windows.sunroof.tilted', WINDOW),
  [`${ROOF}.relativePosition`]: amount('windows.sunroof.position', 'percent'),
  [`${ROOF}.shade.position`]: amount('windows.shade.position', 'percent'),
  'vehicle.cabin.convertible.roofStatus': both(
    text('windows.roof.state'),
    words('windows.roof.open', { CLOSED: 0, CLOSEDSECURED: 0, OPEN: 1, OPENSECURED: 1 }),
  ),
};
