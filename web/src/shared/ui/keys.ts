import { useEffect } from 'react';
import { usePreferences } from '@/shared/theme';

/** The user types into something. */
export const inField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Single keys of a page or a layer. They are silent in fields and where they are switched off. */
export function usePageKeys(doings: Record<string, (() => void) | undefined>, on = true): void {
  const keys = usePreferences((p) => p.keys);
  useEffect(() => {
    if (!keys || !on) return;
    const press = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey || inField(event.target)) return;
      doings[event.key.toLowerCase()]?.();
    };
    addEventListener('keydown', press);
    return () => {
      removeEventListener('keydown', press);
    };
  });
}
