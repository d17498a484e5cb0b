import { useSyncExternalStore } from 'react';

const query = matchMedia('(max-width: 639px)');

/** The window is as narrow as a phone's. */
export const useNarrow = (): boolean =>
  useSyncExternalStore(
    (changed) => {
      query.addEventListener('change', changed);
      return () => {
        query.removeEventListener('change', changed);
      };
    },
    () => query.matches,
  );
