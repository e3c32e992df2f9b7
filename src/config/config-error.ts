import { GatewayError } from '#errors/gateway-error';
import { isSecret, formatPath, type Path } from './schema-tree.ts';

/** One thing wrong with the configuration. */
export interface ConfigProblem {
  /** `config_invalid`: breaks the schema. `config_conflict`: two settings exclude each other. */
  code: 'config_invalid' | 'config_conflict';
  /** Where, for example `listeners[0].port`. */
  path: string;
  /** The value as JSON, secrets masked; empty where none was given. */
  value: string;
  /** What would be right. */
  rule: string;
  /** Where the value was written: `odograph.yaml:12`, `ODOGRAPH_ADMIN__PORT`, `--set`, or `default`. */
  source: string;
}

export const MASK = '********';
/** User and password in an address: no setting takes them there, and somebody will write them there all the same. */
const LOGIN_IN_ADDRESS = /(:\/\/)[^\s/]*@/g;

/** Writes a value for people, hiding it where the path leads to a secret and cutting what is long. */
export function showValue(path: Path, value: unknown): string {
  if (value === undefined) return '';
  if (isSecret(path)) return value === '' ? '""' : MASK;
  const json = JSON.stringify(maskInside(path, value));
  return json.length > 200 ? `${json.slice(0, 200)}…` : json;
}

/** Copies a value with every secret inside it masked. */
export function maskInside(path: Path, value: unknown): unknown {
  if (isSecret(path)) return value === '' ? '' : MASK;
  if (typeof value === 'string') return value.replaceAll(LOGIN_IN_ADDRESS, `$1${MASK}@`);
  if (Array.isArray(value)) return value.map((item, index) => maskInside([...path, index], item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskInside([...path, key], item)]));
}

/** Every problem of a configuration at once. The process ends with code 78 before a port is bound. */
export class ConfigError extends GatewayError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const code = problems.every((one) => one.code === 'config_conflict') ? 'config_conflict' : 'config_invalid';
    super(
      code,
      `${list(problems)}\nthe configuration has ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

function list(problems: readonly ConfigProblem[]): string {
  return problems
    .map(({ code, path, value, rule, source }) => {
      const is = value === '' ? '' : ` is ${value}`;
      return `${path}${is} (${source}): must be ${rule} [${code}]`;
    })
    .join('\n');
}

/** Makes a problem, masking its value. */
export function problem(code: ConfigProblem['code'], path: Path, value: unknown, rule: string, source: string): ConfigProblem {
  return { code, path: formatPath(path), value: showValue(path, value), rule, source };
}
