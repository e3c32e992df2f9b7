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
    addLeaves(into, inner, pathTo(path, member), name === '' ? member : joined(name, member), stop);
  }
}

/** Longer ones do not come again, or should not. */
const NAME_KEPT_MOST = 160;
const NAMES_KEPT = 4_096;
/** Names of leaves, by that of the object and of the member: the same ones come with every body, and a new text is slow to look up. */
const names = new Map<string, Map<string, string>>();
let kept = 0;

function joined(name: string, member: string): string {
  const ofName = names.get(name);
  const known = ofName?.get(member);
  if (known !== undefined) return known;
  const full = `${name}.${member}`;
  if (full.length > NAME_KEPT_MOST) return full;
  if (++kept > NAMES_KEPT) {
    names.clear();
    kept = 1;
  }
  const into = names.get(name) ?? new Map<string, string>();
  names.set(name, into.set(member, full));
  return full;
}
