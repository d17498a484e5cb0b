import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Page } from './useList';

/** How far back a list is read: pages of so many. */
export const PAGE = 1000;
const PAGES = 20;
/** Rows that are drawn at once. */
const DRAWN = 200;

/** The newest rows of a list, up to 20,000. `cut`: there are older ones. */
export async function whole<R>(
  page: (cursor: string | undefined) => Promise<Page<R>>,
): Promise<{ rows: R[]; cut: boolean }> {
  const rows: R[] = [];
  let cursor: string | undefined;
  for (let at = 0; at < PAGES; at += 1) {
    const one = await page(cursor);
    rows.push(...one.items);
    if (!one.next_cursor) return { rows, cut: false };
    cursor = one.next_cursor;
  }
  return { rows, cut: true };
}

/** A list that the API does not filter as a page does: it is read once, and what fits is shown. */
export function useWhole<R>(
  key: unknown[],
  page: (cursor: string | undefined) => Promise<Page<R>>,
  on: boolean,
  fits: (row: R) => boolean,
) {
  const [drawn, setDrawn] = useState(DRAWN);
  const query = useQuery({ queryKey: [...key, 'whole'], queryFn: () => whole(page), enabled: on });
  const found = query.data?.rows.filter(fits) ?? [];
  const more =
    found.length > drawn
      ? {
          load: () => {
            setDrawn(drawn + DRAWN);
          },
          busy: false,
        }
      : null;
  return { query, found, rows: found.slice(0, drawn), more };
}
