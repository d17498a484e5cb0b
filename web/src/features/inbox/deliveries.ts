import { useQuery } from '@tanstack/react-query';
import { api, unwrap, type Schema } from '@/shared/api/client';
import type { Tone } from '@/shared/ui/Badge';

export type Item = Schema['InboxItem'];

export const TONES: Record<string, Tone> = {
  done: 'ok',
  failed: 'bad',
  quarantined: 'bad',
  received: 'info',
  processing: 'info',
};

/** How far back a delivery is looked for: pages of so many. */
const PAGE = 1000;
const PAGES = 20;

/** Looks through the newest deliveries for one that a link names; `null` where none of them is it. */
async function find(id: string): Promise<Item | null> {
  let cursor: string | undefined;
  for (let at = 0; at < PAGES; at += 1) {
    const query = { limit: PAGE, ...(cursor ? { cursor } : {}) };
    const page = await unwrap(api.GET('/api/inbox', { params: { query } }));
    const item = page.items.find((one) => one.delivery_id === id);
    if (item) return item;
    if (!page.next_cursor) return null;
    cursor = page.next_cursor;
  }
  return null;
}

/** A delivery that is not on the shown pages of the list. */
export const useDelivery = (id: string | null) =>
  useQuery({
    queryKey: ['inbox', 'delivery', id],
    queryFn: () => find(id ?? ''),
    enabled: id !== null,
  });
