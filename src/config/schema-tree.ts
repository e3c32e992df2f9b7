/** Walks the configuration schema: which settings exist, what they take, and where a written name leads. */
import { z } from 'zod';
import { configSchema } from './schema.ts';

/** A way through the configuration, for example `['limits', 'idleTimeoutMs']`. */
export type Path = readonly (string | number)[];

/** One setting that holds a value of its own: sections are not listed, lists and records of sections are. */
export interface Setting {
  path: readonly string[];
  schema: z.ZodType;
  description: string;
  /** What a right value is, in words; empty for lists, whose members have rules of their own. */
  rule: string;
  secret: boolean;
  /** Default as a plain value, `undefined` where there is none. */
  fallback: unknown;
  /** The default as people write it, quantities with their unit. */
  written: unknown;
}

interface Meta {
  description?: string | undefined;
  rule?: string;
  secret?: boolean;
  /** Writes a quantity with its unit. */
  write?: (value: number) => string;
}

/** Takes defaults and optionality off a schema. */
export function bare(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (true) {
    const { def } = inner;
    if (!('innerType' in def)) return inner;
    inner = (def as z.core.$ZodOptionalDef<z.ZodType>).innerType;
  }
}

/** Members of an object schema, or `undefined` where the schema is of another kind. */
export function membersOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  const inner = bare(schema);
  return inner.def.type === 'object' ? (inner as z.ZodObject<Record<string, z.ZodType>>).shape : undefined;
}

/** The rule an unknown name breaks: which names could stand in its place. */
export function unknownNameRule(path: Path): string {
  const names = namesIn(path.slice(0, -1));
  return names.length === 0 ? 'the name of a setting' : `one of ${names.join(', ')}`;
}

function namesIn(path: Path): readonly string[] {
  const schema = schemaAt(path);
  if (schema === undefined) return [];
  const { def } = bare(schema);
  if (def.type !== 'record') return Object.keys(membersOf(schema) ?? {});
  const { keyType } = def as z.core.$ZodRecordDef<z.core.$ZodRecordKey, z.ZodType>;
  return keyType instanceof z.ZodEnum ? keyType.options.map(String) : [];
}

/** What a schema says of itself. */
export function metaOf(schema: z.ZodType): Meta {
  return { ...bare(schema).meta(), ...schema.meta() };
}

/** Lists every setting in the order of the schema. */
export function settings(schema: z.ZodType = configSchema, path: readonly string[] = []): Setting[] {
  const members = membersOf(schema);
  if (members !== undefined) return Object.entries(members).flatMap(([key, member]) => settings(member, [...path, key]));
  const meta = metaOf(schema);
  const { def } = schema;
  const fallback = def.type === 'default' ? (def as z.core.$ZodDefaultDef).defaultValue : undefined;
  const { description = '', rule = '', secret = false, write } = meta;
  const written = typeof fallback === 'number' && write !== undefined ? write(fallback) : fallback;
  return [{ path, schema, description, rule, secret, fallback, written }];
}

/** Follows a path, through list members too; `undefined` where the schema has no such setting. */
export function schemaAt(path: Path): z.ZodType | undefined {
  let schema: z.ZodType | undefined = configSchema;
  for (const key of path) {
    if (schema === undefined) return undefined;
    const inner: z.ZodType = bare(schema);
    const { def } = inner;
    if (def.type === 'array') schema = (def as z.core.$ZodArrayDef<z.ZodType>).element;
    else if (def.type === 'record') schema = (def as z.core.$ZodRecordDef<z.core.$ZodRecordKey, z.ZodType>).valueType;
    else schema = Object.entries(membersOf(inner) ?? {}).find(([name]) => name === key)?.[1];
  }
  return schema;
}

/** Tells whether the path leads to a secret. */
export function isSecret(path: Path): boolean {
  const schema = schemaAt(path);
  return schema !== undefined && metaOf(schema).secret === true;
}

/** Tells whether the setting takes any text as it stands, so that a value given as text is not to be read as JSON. */
export function takesText(schema: z.ZodType): boolean {
  const { type } = bare(schema).def;
  return type === 'string' || type === 'enum';
}

/** Writes a path as people do: `listeners[0].port`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}
