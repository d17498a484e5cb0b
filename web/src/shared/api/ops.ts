import { queryOptions } from '@tanstack/react-query';
import { api, unwrap, type Schema } from './client';

export type Waiting = Schema['Waiting'];

/** How the system is, and what waits for an admin. */
export const ops = queryOptions({
  queryKey: ['ops'],
  queryFn: () => unwrap(api.GET('/api/ops')),
});
