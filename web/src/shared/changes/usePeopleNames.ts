import { useQueryClient } from '@tanstack/react-query';
import type { Metrics } from '@/shared/api/numbers';

/** Names of the team by their keys, from figures that are here already: no request is made for them. */
export function usePeopleNames(): Map<string, string> {
  const found = useQueryClient().getQueriesData<Metrics>({ queryKey: ['metrics'] });
  return new Map(
    found.flatMap(([, one]) =>
      (one?.per_user ?? []).flatMap(({ user_id: id, name }): [string, string][] =>
        id && name ? [[id, name]] : [],
      ),
    ),
  );
}
