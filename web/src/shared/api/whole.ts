import type { Page } from './useList';

/** How far back a list is read: pages of so many. */
export const PAGE = 1000;
const PAGES = 20;

/** The newest rows of a list, up to 20,000. */
export async function whole<R>(
  page: (cursor: string | undefined) => Promise<Page<R>>,
): Promise<R[]> {
  const rows: R[] = [];
  let cursor: string | undefined;
  for (let at = 0; at < PAGES; at += 1) {
    const one = await page(cursor);
    rows.push(...one.items);
    if (!one.next_cursor) break;
    cursor = one.next_cursor;
  }
  return rows;
}
