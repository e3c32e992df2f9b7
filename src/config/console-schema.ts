import { z } from 'zod';
import { text } from './fields.ts';

const TILES = 'an http:// or https:// address with {z}, {x} and {y}';

/** The web console. */
export const consoleSection = z
  .strictObject({
    tileUrl: text(
      'Address of map tiles; the map that comes along if not given. It is the one address beside the gateway that browsers ask',
      TILES,
    )
      .refine((url) => /^https?:\/\/[^/\s]+\//.test(url) && ['{z}', '{x}', '{y}'].every((part) => url.includes(part)), {
        error: TILES,
      })
      .optional(),
    tileAttribution: text('Who made the tiles, as their licence asks to be named').optional(),
  })
  .prefault({})
  .meta({ description: 'The web console, which the port of the API serves at `/console/`' });
