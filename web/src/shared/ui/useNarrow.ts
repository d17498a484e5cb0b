import { useSyncExternalStore } from 'react';

/** Whether the window fits a query, now and as it changes. */
const fits = (media: string): (() => boolean) => {
  const query = matchMedia(media);
  const watch = (changed: () => void) => {
    query.addEventListener('change', changed);
    return () => {
      query.removeEventListener('change', changed);
    };
  };
  return function useFits() {
    return useSyncExternalStore(watch, () => query.matches);
  };
};

/** The window is as narrow as a phone's. */
export const useNarrow = fits('(max-width: 639px)');

/** The window has room for a panel beside a page. */
export const useWide = fits('(min-width: 1280px)');
