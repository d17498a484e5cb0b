import { useQuery } from '@tanstack/react-query';
import { useFrame } from '@/shared/frame';
import { api, unwrap } from './client';

const LIMIT = 1000;

/** Names of the users by their ids, for admins, who alone may list them. Everybody else's id stays an id. */
export function useNames(): (id: string) => string | null {
  const { role } = useFrame();
  const { data } = useQuery({
    queryKey: ['users', 'names'],
    queryFn: async () => {
      const { items } = await unwrap(
        api.GET('/api/users', { params: { query: { limit: LIMIT } } }),
      );
      return new Map(items.map((user) => [user.id, user.name ?? user.email]));
    },
    enabled: role === 'admin',
  });
  return (id) => data?.get(id) ?? null;
}
