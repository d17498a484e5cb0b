import { useQuery } from '@tanstack/react-query';
import { metrics } from '@/shared/api/numbers';
import { useFrame, usePast } from '@/shared/frame';

/** What the team's people are called, by their addresses: the figures of everybody have both. */
export function useTeamName(): (address: string | null | undefined) => string | null {
  const { role } = useFrame();
  const past = usePast();
  const found = useQuery({ ...metrics({ month: 'all', ...past }), enabled: role !== 'sales' });
  const people = found.data?.per_user ?? [];
  return (address) =>
    address
      ? (people.find((one) => one.email?.toLowerCase() === address.toLowerCase())?.name ?? address)
      : null;
}
