import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '@/shared/api/client';
import type { Thread } from './reasons';

/** The texts about a booking, with the checks of each where its number is known; `null` where there are none. */
async function find(booking: string): Promise<Thread | null> {
  const query = { booking_id: booking };
  const page = await unwrap(api.GET('/api/conversations', { params: { query } }));
  const thread = page.items[0];
  return thread ? explained(thread) : null;
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
