// Every field of the makers' published samples and catalogues is mapped, or named with the reason. Reads ../shared/oem.
import { describe, expect, test } from 'vitest';
import { PUSH_DECODERS, PUSH_FIELDS } from '#protocols/all';
import type { Decoder } from '#protocols/codec';
import { newSession } from '#protocols/codec';
import { placesIn, withAt, type Place } from '#protocols/conformance/json-bodies';
import { stateDecoded, type Statement } from '#protocols/conformance/statement';
import type { Json } from '#model/json';
import { memberOf } from '#protocols/layers/push/json';
import type { FieldRule } from '#protocols/layers/push/rules';
import { haveSamples, sample } from '../support/oem-samples.ts';

/** Names of fields of a decoder, of all its tables. */
function fieldsOf(decoder: string): Map<string, FieldRule> {
  return new Map((PUSH_FIELDS.get(decoder) ?? []).flatMap(({ fields }) => [...fields]));
}

/** What the makers' catalogues list: file, decoder, and how its names are found. */
const CATALOGUES: readonly [file: string, decoder: string, names: (tree: never) => string[], count: number][] = [
  [
    'bmw-telematics-catalogue.json',
    'bmw',
    (tree: { descriptors: { descriptor: string }[] }) => tree.descriptors.map(({ descriptor }) => descriptor),
    295,
  ],
  ['mercedes-benz-signals.json', 'mercedes-benz', (tree: { name: string }[]) => tree.map(({ name }) => name), 149],
];

describe.runIf(haveSamples)('catalogues', () => {
  test.each(CATALOGUES)('%s: each name is mapped by %s, or named with the reason', (file, decoder, namesOf, count) => {
    const names = namesOf(JSON.parse(sample(file)) as never);
    expect(names).toHaveLength(count);
    const fields = fieldsOf(decoder);
    expect(names.filter((name) => !fields.has(name))).toEqual([]);
    const silent = names.filter((name) => {
      const rule = fields.get(name);
      return rule?.targets.length === 0 && (rule.unmapped ?? '') === '';
    });
    expect(silent).toEqual([]);
  });
});

/** Samples by decoder. A few are documents around several bodies: `bodies` takes them out. */
const SAMPLES: readonly [file: string, decoder: string, bodies?: (tree: Json) => Json[]][] = [
  ['mercedes-benz-registration-failed-constructed.json', 'mercedes-benz'],
  ['mercedes-benz-service-status-constructed.json', 'mercedes-benz'],
  ['mercedes-benz-trip-summary-constructed.json', 'mercedes-benz'],
  ['mercedes-benz-vehiclesignal-odometer-constructed.json', 'mercedes-benz'],
  ['mercedes-benz-vehiclesignal-position-constructed.json', 'mercedes-benz'],
  ['stellantis-b2b-monitor-events-constructed.json', 'stellantis'],
  ['stellantis-b2b-remote-events-constructed.json', 'stellantis'],
  ['stellantis-mobilisights-carstate-derived.json', 'stellantis'],
  ['html5-geolocationposition-spec.json', 'html5'],
  ['html5-owntracks-docs.json', 'owntracks'],
  ['html5-traccar-osmand-docs.json', 'osmand'],
  ['hyundai-kia-pleos-periodic-constructed.json', 'hyundai-kia'],
  ['hyundai-kia-consent-withdrawn-docs.json', 'hyundai-kia'],
  ['silence-me-scooters-derived.json', 'silence'],
  ['silence-trip-derived.json', 'silence'],
  ['silence-private-server-mqtt-derived.json', 'silence', (tree) => [memberOf(tree, 'values') ?? null]],
];

describe.runIf(haveSamples && SAMPLES.length > 0)('samples', () => {
  test.each(SAMPLES)('%s: each leaf is seen in what %s makes of it, or is part of the envelope', (file, name, bodies) => {
    const decoder = PUSH_DECODERS.get(name) as Decoder;
    const fields = fieldsOf(name);
    const tree = JSON.parse(sample(file)) as Json;
    let leaves = 0;
    for (const body of bodies?.(tree) ?? [tree]) {
      const before = state(decoder, JSON.stringify(body));
      expect(before.faults).toEqual([]);
      expect(unknownIn(before, name, fields)).toEqual([]);
      for (const place of placesIn(body).filter((at) => isLeaf(body, at))) {
        leaves++;
        const changed = changes(leafAt(body, place)).some(
          (text) => meaningOf(state(decoder, withAt(body, place, text))) !== meaningOf(before),
        );
        const path = pathOf(place);
        const isEnvelope = fields.get(path)?.envelope === true;
        expect(changed || isEnvelope, `${path} is neither mapped nor named as envelope`).toBe(true);
      }
    }
    expect(leaves).toBeGreaterThan(1);
  });
});

function state(decoder: Decoder, text: string): Statement {
  const bytes = new TextEncoder().encode(text);
  return stateDecoded(decoder.decode(bytes, { ...newSession('http'), ident: 'SOMEBODY' }), bytes);
}

/** All that is said of vehicles: without identities and dedupe keys, which see every change. */
function meaningOf({ messages, ident, pushed, faults, kind, reply }: Statement): string {
  const said = messages.map((message) => ({ ...message, identity: undefined }));
  return JSON.stringify([kind, ident, said, pushed?.['consents'], faults, reply]);
}

/** Names that stay under the decoder's own prefix though no table knows them. */
function unknownIn({ messages }: Statement, decoder: string, fields: ReadonlyMap<string, FieldRule>): string[] {
  const known = new Set([...fields.keys()].map((name) => name.replaceAll(/[^\w.-]+/g, '_')));
  const keys = messages.flatMap(({ signals = {}, states = {} }) => [
    ...Object.keys(signals as object),
    ...Object.keys(states as object),
  ]);
  const own = keys.filter((key) => key.startsWith(`${decoder}.`)).map((key) => key.slice(decoder.length + 1));
  return own.filter((name) => !known.has(name) && !known.has(name.replace(/(\.\d+)?(\.unit)?$/, '')));
}

function leafAt(tree: Json, place: Place): Json {
  return place.reduce<Json>((at, name) => (at as Record<string | number, Json>)[name] ?? null, tree);
}

function isLeaf(tree: Json, place: Place): boolean {
  const value = leafAt(tree, place);
  return typeof value !== 'object' || value === null;
}

/** The place as a path of the tables: items of lists are alike. */
function pathOf(place: Place): string {
  return place
    .map((part) => (typeof part === 'number' ? '[]' : part))
    .join('.')
    .replaceAll('.[]', '[]')
    .replace(/^\[\]\./, '');
}

/** Other values for a leaf, as JSON texts, of which at least one must be noticed. */
function changes(value: Json): string[] {
  if (typeof value === 'number') return [value + 1, value - 1, value + 0.25].map(String);
  if (typeof value === 'boolean') return [String(!value)];
  if (value === null) return ['1', '"x"'];
  const text = typeof value === 'string' ? value : '';
  const later = /^\d{4}-\d{2}-\d{2}T/.test(text) ? text.replace(/^\d{4}/, '2023') : null;
  const number = /^-?\d+(\.\d+)?$/.test(text) ? String(Number(text) + 1) : null;
  return [...(later === null ? [] : [later]), ...(number === null ? [] : [number]), `${text}X`, 'true', 'Stop', 'Open'].map(
    (one) => JSON.stringify(one),
  );
}
