import { useQuery } from '@tanstack/react-query';
import { api, ApiError, unwrap, type Schema } from '@/shared/api/client';
import { sentence } from '@/shared/format/words';
import { within } from '@/shared/time';
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
/** A vendor's name; the carrier of texts has none. */
export const vendorWord = (vendor: string): string => (vendor === 'sms' ? 'SMS' : sentence(vendor));

export const CLASSES = [
  'TRANSIENT_ERROR',
  'VALIDATION_ERROR',
  'PAYMENT_ERROR',
  'INTEGRATION_ERROR',
  'SYSTEM_ERROR',
] as const;

/** What a list of deliveries is narrowed to; it stands in the address. */
export interface Filters {
  status: string;
  vendor: string | null;
  class: string | null;
  /** A calendar day of the reporting zone. */
  day: string | null;
}

/** The filters as the API takes them. */
export const queryOf = ({ status, vendor, class: name, day }: Filters, zone: string) => ({
  ...(status === 'all' ? {} : { status }),
  ...(vendor ? { vendor } : {}),
  ...(name ? { error_class: name } : {}),
  ...within(day, day, zone),
});

/** A page of deliveries, newest first. */
export const pageOf =
  (filters: ReturnType<typeof queryOf>, limit: number) => (cursor: string | undefined) => {
    const query = { ...filters, limit, ...(cursor ? { cursor } : {}) };
    return unwrap(api.GET('/api/inbox', { params: { query } }));
  };

/** A delivery that a link or a person names, by its id or the hash of its body; `null` where there is none. */
async function find(name: string): Promise<Item | null> {
  try {
    const path = { delivery_id: name };
    return await unwrap(api.GET('/api/inbox/{delivery_id}', { params: { path } }));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** A delivery that is not on the shown pages of the list. */
export const useDelivery = (name: string | null) =>
  useQuery({
    queryKey: ['inbox', 'delivery', name],
    queryFn: () => find(name ?? ''),
    enabled: name !== null,
  });
