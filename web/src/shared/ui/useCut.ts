import { useCallback, useEffect, useRef, useState } from 'react';
import { cx } from './classes';

/** Less than this is no cut: sizes are rounded. */
const SLACK = 2;

/** Classes of a box that scrolls: they say at which edges its content goes on. */
export function useCut<E extends HTMLElement>() {
  const box = useRef<E>(null);
  const [cut, setCut] = useState('');
  const look = useCallback(() => {
    const one = box.current;
    if (!one) return;
    const right = one.scrollWidth - one.clientWidth - Math.abs(one.scrollLeft);
    const below = one.scrollHeight - one.clientHeight - one.scrollTop;
    setCut(cx(right > SLACK && 'cut-end', below > SLACK && 'cut-below'));
  }, []);
  useEffect(() => {
    const one = box.current;
    if (!one || typeof ResizeObserver === 'undefined') return;
    const watcher = new ResizeObserver(look);
    watcher.observe(one);
    for (const child of one.children) watcher.observe(child);
    return () => {
      watcher.disconnect();
    };
  }, [look]);
  return { box, cut, look };
}
