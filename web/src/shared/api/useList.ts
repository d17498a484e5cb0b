import { useInfiniteQuery } from '@tanstack/react-query';

export interface Page<R> {
  items: R[];
  next_cursor?: string | null;
  as_of?: string | null;
  lag_seconds?: number | null;
  /** Rows under the same filters, on all pages. */
  total?: number | null;
}

/** Pages that a file or a whole list asks for at most. */
const PAGES_MAX = 200;

/** Pages without a row that are passed over at once: each has looked at many rows of which none fits. */
const EMPTY_MAX = 5;

/** The first page from here on that has rows. */
async function filled<R>(
  page: (cursor: string | undefined) => Promise<Page<R>>,
  cursor: string | undefined,
): Promise<Page<R>> {
  let found = await page(cursor);
  for (let at = 0; at < EMPTY_MAX && found.items.length === 0 && found.next_cursor; at += 1)
    found = await page(found.next_cursor);
  return found;
}

/** A list that grows page by page. */
export function useList<R>(key: unknown[], page: (cursor: string | undefined) => Promise<Page<R>>) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => filled(page, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: (before) => before,
  });
  const rows = query.data?.pages.flatMap((one) => one.items) ?? [];
  const more = query.hasNextPage
    ? { load: () => void query.fetchNextPage(), busy: query.isFetchingNextPage }
    : null;
  const all = async (): Promise<R[]> => {
    const found: R[] = [];
    let cursor: string | undefined;
    for (let at = 0; at < PAGES_MAX; at += 1) {
      const one = await page(cursor);
      found.push(...one.items);
      if (!one.next_cursor) break;
      cursor = one.next_cursor;
    }
    return found;
  };
  return { query, rows, more, all, total: query.data?.pages[0]?.total ?? null };
}
