/**
 * The kinds of setting the configuration is made of. Each makes a zod schema whose one error message is the whole rule,
 * so that a problem always says what would have been right, and whose metadata is what documentation is made from.
 */
import { z } from 'zod';

const DURATIONS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZES = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;

/** A number with bounds, whole unless said otherwise. */
export function number(fallback: number, describe: string, bounds: { min: number; max: number; whole?: boolean }) {
  return bounded(bounds)
    .default(fallback)
    .meta({ description: describe, rule: ruleOf(bounds) });
}

/** The same without a default, for settings that override another one. */
function bounded(bounds: { min: number; max: number; whole?: boolean }) {
  const error = ruleOf(bounds);
  const base = bounds.whole === false ? z.number({ error }) : z.int({ error });
  return base.min(bounds.min, { error }).max(bounds.max, { error });
}

function ruleOf({ min, max, whole }: { min: number; max: number; whole?: boolean }): string {
  return `a ${whole === false ? '' : 'whole '}number from ${min} to ${max}`;
}

/** A whole number with bounds and no default. */
export function count(describe: string, min: number, max: number) {
  return bounded({ min, max }).meta({ description: describe, rule: ruleOf({ min, max }) });
}

/** Milliseconds: a whole number, or text such as `30s` with `ms`, `s`, `m`, `h` or `d`. */
export function duration(describe: string, min: number, max: number) {
  return quantity(describe, 'milliseconds', DURATIONS, '30s', min, max);
}

/** Bytes: a whole number, or text such as `64MiB` with `B`, `KiB`, `MiB`, `GiB` or `TiB`. */
export function bytes(describe: string, min: number, max: number) {
  return quantity(describe, 'bytes', SIZES, '64MiB', min, max);
}

type Units = Readonly<Record<string, number>>;

function quantity(describe: string, unit: string, units: Units, example: string, min: number, max: number) {
  const error = `${unit} as a whole number or as text such as "${example}", from ${inUnits(min, units)} to ${inUnits(max, units)}`;
  const plain = z.int({ error }).min(min, { error }).max(max, { error });
  const pattern = new RegExp(String.raw`^(\d{1,15})\s?(${Object.keys(units).join('|')})$`);
  const written = z
    .string({ error })
    .regex(pattern, { error })
    .transform((given) => {
      const [, digits, name] = pattern.exec(given) ?? [];
      return Number(digits) * (units[name ?? ''] ?? Number.NaN);
    })
    .pipe(plain);
  const write = (value: number) => inUnits(value, units);
  return z.union([plain, written], { error }).meta({ description: describe, rule: error, write });
}

/** Writes a quantity in the largest unit that leaves it whole: 90000 is `90s`. */
function inUnits(value: number, units: Units): string {
  const fitting = Object.entries(units).filter(([, size]) => value !== 0 && value % size === 0);
  const [name, size] = fitting.at(-1) ?? Object.entries(units)[0] ?? ['', 1];
  return `${value / size}${name}`;
}

/** Gives a quantity its default. The default is repeated as metadata, since zod leaves it out of a schema that transforms. */
export function withDefault<Schema extends z.ZodUnion<readonly [z.ZodNumber, z.ZodType<number, string>]>>(
  schema: Schema,
  fallback: number,
) {
  return schema.default(fallback as never).meta({ ...schema.meta(), default: fallback });
}

/** Text that is not empty, matching `pattern` where one is given. */
export function text(describe: string, rule = 'text that is not empty', pattern?: RegExp) {
  const some = z.string({ error: rule }).min(1, { error: rule });
  return (pattern === undefined ? some : some.regex(pattern, { error: rule })).meta({ description: describe, rule });
}

const NAME = 'a name of 1 to 32 characters: lower-case letters, digits and hyphens, beginning with a letter';

/** The name of a listener, a protocol or the like. */
export function nameOf(describe: string) {
  return text(describe, NAME, /^[a-z][a-z0-9-]{0,31}$/);
}

/** Names of protocols, one at least. */
export function protocols(describe: string) {
  return z
    .array(nameOf('Name of a protocol'), { error: 'a list of protocols' })
    .min(1, { error: 'a list of at least one protocol' })
    .meta({ description: describe });
}

/** Yes or no. */
export function flag(describe: string) {
  const rule = 'true or false';
  return z.boolean({ error: rule }).meta({ description: describe, rule });
}

/** Text that is not to be shown. */
export function secret(describe: string) {
  return z.string({ error: 'text' }).meta({ description: describe, rule: 'text', secret: true });
}

/** One word of a list. */
export function choice<const Words extends readonly [string, ...string[]]>(describe: string, words: Words) {
  const rule = `one of ${words.join(', ')}`;
  return z.enum(words, { error: rule }).meta({ description: describe, rule });
}

/** A TCP or UDP port, 0 for any free one. */
export function port(describe: string) {
  return count(`${describe}; 0 takes any free one`, 0, 65_535);
}
