import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '@/shared/api/client';
import type { Thread } from './reasons';

/** The thread of a booking as the list has it; `null` where nothing was texted about it. */
async function listed(booking: string): Promise<Thread | null> {
  const query = { booking_id: booking };
  const page = await unwrap(api.GET('/api/conversations', { params: { query } }));
  return page.items[0] ?? null;
}

/** All threads of the number of a booking, with the checks of their texts. The address names no number. */
async function explained(booking: string): Promise<Thread[]> {
  const path = { phone: booking };
  return (await unwrap(api.GET('/api/conversations/{phone}', { params: { path } }))).threads;
}

/** A thread with the checks of its texts; the API tells none of a number that nobody booked with. */
async function told(thread: Thread): Promise<Thread> {
  const id = thread.booking_id;
  if (!id) return thread;
  return (await explained(id)).find((one) => one.booking_id === id) ?? thread;
}

/** The threads of these bookings and of whatever else their numbers booked; of no number it asks twice. */
async function ofAll(bookings: string[]): Promise<Thread[]> {
  const found = await Promise.all(bookings.map(listed));
  let all: Thread[] = [];
  for (const { booking_id: id } of found.filter((one) => one !== null)) {
    if (id && all.every((one) => one.booking_id !== id)) all = [...all, ...(await explained(id))];
  }
  return all.filter((one) => one.messages.length > 0);
}

/** The thread of one booking, wherever it stands in the list. */
export const threadOf = (booking: string) =>
  queryOptions({
    queryKey: ['conversations', 'of booking', booking],
    queryFn: async () => {
      const thread = await listed(booking);
      return thread && told(thread);
    },
  });

/** A thread of the list with the checks of its texts. */
export const explainedOf = (thread: Thread) =>
  queryOptions({
    queryKey: ['conversations', 'explained', thread.booking_id],
    queryFn: () => told(thread),
    enabled: Boolean(thread.booking_id),
  });

/** The threads of a person, by the bookings of their journey, the newest first. */
export const threadsOf = (bookings: string[]) =>
  queryOptions({
    queryKey: ['conversations', 'of all', bookings],
    queryFn: () => ofAll(bookings),
  });
