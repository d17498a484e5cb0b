import { useQuery } from '@tanstack/react-query';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { PAGE, whole } from '@/shared/api/useWhole';
import { dayIn } from '@/shared/time';
import type { Tone } from '@/shared/ui/Badge';

export type Item = Schema['InboxItem'];

export const TONES: Record<string, Tone> = {
  done: 'ok',
  failed: 'bad',
  quarantined: 'bad',
  received: 'info',
  processing: 'info',
};

export const VENDORS = ['calendly', 'stripe', 'typeform', 'close', 'sms'] as const;
export const CLASSES = [
  'TRANSIENT_ERROR',
  'VALIDATION_ERROR',
  'PAYMENT_ERROR',
  'INTEGRATION_ERROR',
  'SYSTEM_ERROR',
] as const;

/** Filters that the API's list does not have; they stand in the address. */
export interface Filters {
  vendor: string | null;
  class: string | null;
  day: string | null;
}

/** Whether a delivery fits; its day is that of the reporting zone. */
export const fits =
  (filters: Filters, zone: string) =>
  (item: Item): boolean =>
    (filters.vendor === null || item.vendor === filters.vendor) &&
    (filters.class === null || item.error_class === filters.class) &&
    (filters.day === null || dayIn(item.received_at, zone) === filters.day);

/** A page of the deliveries of a status, or of all. */
export const pageOf = (status: string, limit: number) => (cursor: string | undefined) => {
  const query = {
    ...(status === 'all' ? {} : { status }),
    limit,
    ...(cursor ? { cursor } : {}),
  };
  return unwrap(api.GET('/api/inbox', { params: { query } }));
};

/** A delivery that a link or a person names, by its id or the hash of its body; `null` where none of the newest is it. */
async function find(name: string): Promise<Item | null> {
  const page = pageOf('all', PAGE);
  const isIt = (one: Item) => one.delivery_id === name || one.raw_sha256 === name;
  const { rows } = await whole(async (cursor) => {
    const found = await page(cursor);
    const item = found.items.find(isIt);
    return item ? { items: [item] } : { items: [], next_cursor: found.next_cursor ?? null };
  });
  return rows[0] ?? null;
}

/** A delivery that is not on the shown pages of the list. */
export const useDelivery = (name: string | null) =>
  useQuery({
    queryKey: ['inbox', 'delivery', name],
    queryFn: () => find(name ?? ''),
    enabled: name !== null,
  });
