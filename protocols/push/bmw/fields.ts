/** All 295 descriptors of BMW CarData (README.md, Source): mapped, or left under their own names with the reason. */
import { fieldTable } from '#protocols/layers/push/rules';
import { BODY_FIELDS } from './fields-body.ts';
import { CHARGING_FIELDS } from './fields-charging.ts';
import { UNMAPPED_FIELDS } from './fields-unmapped.ts';
import { VEHICLE_FIELDS } from './fields-vehicle.ts';

export const FIELDS = fieldTable(VEHICLE_FIELDS, BODY_FIELDS, CHARGING_FIELDS, UNMAPPED_FIELDS);
