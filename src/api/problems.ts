/** What is wrong with a request, in words: zod speaks of inputs and types, callers think of attributes. */

/** A problem as zod tells it. */
export interface Issue {
  keyword: string;
  instancePath: string;
  message?: string;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** Tells whether an attribute that must be given is missing: zod says of it that it is `undefined`. */
export function isMissing({ keyword, message = '' }: Issue): boolean {
  return keyword === 'invalid_type' && message.endsWith('received undefined');
}

/** Says in words what is wrong, and where. `part` is the part of the request that the issue is in. */
export function problemOf(issue: Issue, part: string): string {
  const path = issue.instancePath.replace(/^\//, '').replaceAll('/', '.');
  return `${path === '' ? part : path}: ${wordsOf(issue)}`;
}

function wordsOf(issue: Issue): string {
  const { message = 'is wrong' } = issue;
  const [, expected, received] = /^Invalid input: expected (\w+), received (\w+)$/.exec(message) ?? [];
  if (expected !== undefined) {
    const type = TYPES[expected] ?? expected;
    return isMissing(issue) ? `is missing; it is ${type}` : `must be ${type}, and is ${TYPES[received ?? ''] ?? received}`;
  }
  const [, unknown] = /^Unrecognized keys?: (.*)$/.exec(message) ?? [];
  if (unknown !== undefined) return `there is no ${unknown} here`;
  const [, options] = /^Invalid option: expected one of (.*)$/.exec(message) ?? [];
  if (options !== undefined) return `must be one of ${options.replaceAll('|', ', ')}`;
  const [, bound] = /^Too (?:small|big): expected \w+ to ((?:have|be) .*)$/.exec(message) ?? [];
  return bound === undefined ? message : `must ${bound.replace('>=', 'at least ').replace('<=', 'at most ')}`;
}
