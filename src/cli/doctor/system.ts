import { readFileSync } from 'node:fs';

/** What the kernel says in a file; empty where it says nothing, or not to this user. */
export function told(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
