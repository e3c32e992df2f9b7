import type { Json } from '#model/json';
import { isObject, pathTo } from './json.ts';

/** A value that holds no others, with its name from the root of the walk: `battery.level`. */
export interface Leaf {
  name: string;
  value: Json;
  path: string;
}

/** Gives the leaves of a value, a list being one. An object that is `stop` for is one too. */
export function leavesOf(
  value: Json | undefined,
  path: string,
  name = '',
  stop: (value: Json) => boolean = () => false,
): readonly Leaf[] {
  const leaves: Leaf[] = [];
  if (value !== undefined) addLeaves(leaves, value, path, name, stop);
  return leaves;
}

function addLeaves(into: Leaf[], value: Json, path: string, name: string, stop: (value: Json) => boolean): void {
  if (!isObject(value) || (name !== '' && stop(value))) {
    into.push({ name, value, path });
    return;
  }
  for (const [member, inner] of Object.entries(value)) {
    addLeaves(into, inner, pathTo(path, member), name === '' ? member : `${name}.${member}`, stop);
  }
}
