import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '@/shared/api/client';
import type { Thread } from './reasons';

/** How far back a thread is looked for: pages of so many. */
const PAGE = 1000;
const PAGES = 10;

/** The texts about a booking, with the checks of each where its number is known; `null` where there are none. */
async function find(booking: string): Promise<Thread | null> {
  let cursor: string | undefined;
  for (let at = 0; at < PAGES; at += 1) {
    const query = { limit: PAGE, ...(cursor ? { cursor } : {}) };
    const page = await unwrap(api.GET('/api/conversations', { params: { query } }));
    const thread = page.items.find((one) => one.booking_id === booking);
    if (thread) return explained(thread);
    if (!page.next_cursor) return null;
    cursor = page.next_cursor;
  }
  return null;
}

/** The API tells the checks of a single number only. */
async function explained(thread: Thread): Promise<Thread> {
  const { phone } = thread;
  if (!phone) return thread;
  const path = { phone };
  const told = await unwrap(api.GET('/api/conversations/{phone}', { params: { path } }));
  return told.threads.find((one) => one.booking_id === thread.booking_id) ?? thread;
}

/** The thread of one booking, wherever it stands in the list. */
export const threadOf = (booking: string) =>
  queryOptions({
    queryKey: ['conversations', 'of booking', booking],
    queryFn: () => find(booking),
  });
