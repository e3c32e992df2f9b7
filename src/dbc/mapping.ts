/**
 * A fleet's mapping file: which DBC files a vehicle model speaks, and what their signals are in the catalogue. YAML or JSON.
 */
import { z } from 'zod';
import { SIGNAL_BY_KEY } from '#model/signals';

const finite = z.number({ error: 'a number' });
const raw = z.record(z.string().regex(/^-?\d+$/, { error: 'raw values as whole numbers' }), finite, {
  error: 'numbers by raw value',
});

const target = z.strictObject({
  /** Key of the signal catalogue. */
  key: z
    .string({ error: 'a key of the signal catalogue' })
    .refine((key) => SIGNAL_BY_KEY.has(key), { error: 'a key of the signal catalogue' }),
  /** What the value, in the file's unit, is multiplied by to be in the catalogue's. */
  scale: finite.default(1),
  /** What is added after that. */
  offset: finite.default(0),
  /** Raw values that stand for others, in the catalogue's unit: `{ 2: 1 }`. */
  values: raw.default({}),
  /** Raw values that mean "not available". */
  without: z.array(z.int({ error: 'whole numbers' }), { error: 'a list of raw values' }).default([]),
});

const mappingSchema = z.strictObject({
  /** DBC files, by path from the mapping file. */
  dbc: z.array(z.string().min(1), { error: 'a list of DBC files' }).min(1, { error: 'a list of at least one DBC file' }),
  /** `id` matches CAN ids whole; `pgn` matches 29-bit ids by their J1939 parameter group, from any sender. */
  match: z.enum(['id', 'pgn'], { error: 'id or pgn' }).default('id'),
  /** Whether 29-bit frames that are in no file are read as J1939; as `match` is `pgn` where it is left out. */
  j1939: z.boolean({ error: 'true or false' }).optional(),
  /** By `<message>.<signal>`. A key alone is short for `{ key }`. */
  signals: z
    .record(
      z.string().regex(/^\w+\.\w+$/, { error: '<message>.<signal>' }),
      z.union([z.string().transform((key) => ({ key })), z.unknown()]).pipe(target),
      { error: 'keys by <message>.<signal>' },
    )
    .default({}),
});

export type Mapping = z.output<typeof mappingSchema>;
export type Target = z.output<typeof target>;

/** Checks what a mapping file holds; gives every problem at once, each with its path. */
export function readMapping(tree: unknown): { mapping: Mapping | null; problems: string[] } {
  const result = mappingSchema.safeParse(tree);
  if (result.success) return { mapping: result.data, problems: [] };
  return {
    mapping: null,
    problems: result.error.issues.map(({ path, message }) => `${path.join(': ') || 'the file'} must be ${message}`),
  };
}
