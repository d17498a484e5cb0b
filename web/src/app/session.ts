import { useQuery } from '@tanstack/react-query';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { learnNow } from '@/shared/time';

export type Role = 'admin' | 'sales' | 'viewer';

export const ME = ['me'];
export const META = ['meta'];
/** The age of the numbers is asked for this often while the page is seen. */
const POLL_MS = 15_000;

/** Who is logged in. */
export const useMe = () =>
  useQuery({
    queryKey: ME,
    queryFn: () => unwrap(api.GET('/api/auth/me')),
    retry: false,
    staleTime: Infinity,
  });

/** The business and the age of its numbers. */
export const useMeta = (on: boolean) =>
  useQuery({
    queryKey: META,
    queryFn: async (): Promise<Schema['Meta']> => {
      const meta = await unwrap(api.GET('/api/meta'));
      if (meta.as_of) learnNow(meta.as_of, meta.lag_seconds ?? 0);
      return meta;
    },
    enabled: on,
    refetchInterval: POLL_MS,
    staleTime: POLL_MS,
  });
