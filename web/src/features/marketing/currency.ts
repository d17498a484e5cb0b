import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '@/shared/api/client';

/** The business's currency: the first of those that its session types have. */
export const currency = queryOptions({
  queryKey: ['meta'],
  queryFn: () => unwrap(api.GET('/api/meta')),
  select: (meta) => meta.currencies[0] ?? 'USD',
});
