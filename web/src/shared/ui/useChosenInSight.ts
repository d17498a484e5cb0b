import { useEffect, useRef } from 'react';

/** For a row of tabs or segments that scrolls sideways: the chosen one is in sight, also in a narrow window. */
export function useChosenInSight<T extends HTMLElement>(chosen: string) {
  const row = useRef<T>(null);
  useEffect(() => {
    const one = row.current?.querySelector('[aria-pressed="true"], [aria-current]');
    if (!row.current || !one) return;
    const [outer, inner] = [row.current.getBoundingClientRect(), one.getBoundingClientRect()];
    if (inner.left < outer.left) row.current.scrollLeft -= outer.left - inner.left;
    else if (inner.right > outer.right) row.current.scrollLeft += inner.right - outer.right;
  }, [chosen]);
  return row;
}
