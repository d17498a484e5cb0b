import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { ME } from './session';

interface Newer {
  /** There are newer numbers than the shown ones. */
  waits: boolean;
  show: () => void;
}

/** Newer numbers are fetched silently; while somebody reads a figure or looks at the past they wait. */
export function useNewer(asOf: string | null, held: boolean): Newer {
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
    waits: newer && held,
    show: () => {
      setShown(asOf);
    },
  };
}

/** Offers newer numbers where they must not come by themselves. */
export function NewerPill({ newer }: { newer: Newer }) {
  if (!newer.waits) return null;
  return (
    <div role="status" className="fixed inset-x-0 bottom-6 z-60 flex justify-center">
      <Button kind="primary" className="rounded-full" onClick={newer.show}>
        {t('Newer numbers')}
      </Button>
    </div>
  );
}
