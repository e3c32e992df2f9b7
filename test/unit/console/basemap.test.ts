import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { countriesOf, type Topology } from '../../../web/src/pages/tracker/basemap.ts';

test('the countries of the world have whole rings, and their names inside of them', () => {
  const file = createRequire(import.meta.url).resolve('world-atlas/countries-50m.json');
  const countries = countriesOf(JSON.parse(readFileSync(file, 'utf8')) as Topology);
  expect(countries.length).toBeGreaterThan(200);
  for (const { polygons } of countries) {
    for (const ring of polygons.flat()) expect(ring.at(-1)).toEqual(ring[0]);
  }
  const [lon = 0, lat = 0] = countries.find(({ name }) => name === 'Spain')?.label ?? [];
  expect([Math.round(lon), Math.round(lat)]).toEqual([-4, 40]);
});
