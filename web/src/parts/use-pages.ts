import { useEffect, useState } from 'preact/hooks';
import { useLoaded, type Loaded } from './use-loaded.ts';

/** A page of a list of the API. */
interface ListPage {
  items: readonly unknown[];
  next_cursor: string | null;
}

/** A list that grows page by page: the first is read at once, the others when somebody asks for more. */
export function usePages<Page extends ListPage>(
  ask: (cursor: string | undefined, signal: AbortSignal) => Promise<Page>,
  of: readonly unknown[],
): Loaded<Page> & { items: readonly Page['items'][number][]; more: (() => void) | null } {
  const [cursor, setCursor] = useState<string | undefined>(undefined);
  const [before, setBefore] = useState<readonly Page['items'][number][]>([]);
  useEffect(() => {
    setCursor(undefined);
    setBefore([]);
  }, of);
  const loaded = useLoaded((stop) => ask(cursor, stop), [...of, cursor]);
  const { value, loading } = loaded;
  const next = value?.next_cursor ?? null;
  const items = [...before, ...(loading && cursor !== undefined ? [] : (value?.items ?? []))];
  const more = () => {
    setBefore(items);
    setCursor(next ?? undefined);
  };
  return { ...loaded, items, more: next === null || loading ? null : more };
}
