import { useEffect } from 'react';
import { useNavigate } from 'react-router';
import { useCarried } from '@/shared/moment';
import { usePreferences } from '@/shared/theme';
import { inField } from '@/shared/ui/keys';
import { pagesOf } from './nav';
import type { Role } from './session';

const PREFIX_MS = 1_200;

interface Doings {
  palette: () => void;
  keys: () => void;
  refresh: () => void;
  moment: () => void;
}

/** Single keys act outside fields; ⌘K everywhere. */
export function useKeys(role: Role, doings: Doings): void {
  const navigate = useNavigate();
  const to = useCarried();
  const { keys, toggleTheme } = usePreferences();
  useEffect(() => {
    let prefixed = 0;
    const press = (event: KeyboardEvent) => {
      const key = event.key.toLowerCase();
      if (key === 'k' && (event.metaKey || event.ctrlKey)) {
        event.preventDefault();
        doings.palette();
        return;
      }
      const held = event.metaKey || event.ctrlKey || event.altKey;
      if (!keys || held || inField(event.target)) return;
      if (Date.now() - prefixed < PREFIX_MS) {
        prefixed = 0;
        // The second key is of the jump, not of the page's own keys.
        event.stopPropagation();
        const page = pagesOf(role).find((item) => item.key === key);
        if (page) void navigate(to(page.path));
        return;
      }
      if (key === 'g') prefixed = Date.now();
      if (key === 'd') toggleTheme();
      if (key === 'r') doings.refresh();
      if (key === 'a') doings.moment();
      if (key === '?') doings.keys();
      if (key === 'f') {
        const first = document.querySelector<HTMLElement>(
          '[data-tools] :is(select, input, button)',
        );
        first?.focus();
        if (first) event.preventDefault();
      }
    };
    addEventListener('keydown', press, true);
    return () => {
      removeEventListener('keydown', press, true);
    };
  }, [role, keys, toggleTheme, navigate, doings, to]);
}
