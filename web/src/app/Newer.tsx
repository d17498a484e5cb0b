import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Newer } from '@/shared/frame';
import { NewerButton } from '@/shared/ui/NewerButton';
import { ME } from './session';

/** Newer numbers are fetched silently; while somebody reads a figure or looks at the past they wait. */
export function useNewer(asOf: string | null, held: boolean): Newer & { shown: string | null } {
  const client = useQueryClient();
  const [shown, setShown] = useState(asOf);
  const newer = asOf !== null && asOf !== shown;
  // Nothing was shown before the first instant is known.
  if (newer && (shown === null || !held)) setShown(asOf);
  const before = useRef(shown);
  useEffect(() => {
    const grown = before.current !== null && before.current !== shown;
    before.current = shown;
    if (!grown) return;
    void client.invalidateQueries({
      predicate: (query) => !['meta', ...ME].includes(String(query.queryKey[0])),
    });
  }, [shown, client]);
  return {
    shown,
    waits: newer && held,
    show: () => {
      setShown(asOf);
    },
  };
}

/** Offers newer numbers over a page of the past, where they must not come by themselves. */
export function NewerPill() {
  return (
    <div className="fixed inset-x-0 bottom-6 z-60 flex justify-center">
      <NewerButton />
    </div>
  );
}
