import { useQuery } from '@tanstack/react-query';
import { api, unwrap } from '@/shared/api/client';
import type { Page } from '@/shared/api/useList';
import { channelColour } from '@/shared/ui/scale';

/** As many channels have a colour of their own; all others share one. */
const COLOURS = 6;

/** The colour of a channel. Those with the most bookings ever have one, so it is the same on all pages and in all periods. */
export function useChannelColours(): (name: string) => string {
  const { data } = useQuery({
    queryKey: ['marketing', 'channels'],
    queryFn: async () => {
      const path = { table: 'daily_bookings_by_source' } as const;
      const query = { group: 'channel', sort: '-bookings', limit: COLOURS + 1 };
      const found = await unwrap(api.GET('/api/marketing/{table}', { params: { path, query } }));
      return (found as unknown as Page<{ channel?: string | null }>).items.map(
        (row) => row.channel ?? '',
      );
    },
    staleTime: Infinity,
  });
  const names = (data ?? []).filter((name) => name !== 'unknown').slice(0, COLOURS);
  return (name) => channelColour(name, names);
}
