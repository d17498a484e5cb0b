import { create } from 'zustand';

export type Theme = 'light' | 'dark' | 'system';
export type Density = 'comfortable' | 'compact';

const read = (name: string): string | null => {
  try {
    return localStorage.getItem(`bookpath.${name}`);
  } catch {
    return null;
  }
};

const keep = (name: string, value: string): void => {
  try {
    localStorage.setItem(`bookpath.${name}`, value);
  } catch {
    // A browser without storage forgets it with the page.
  }
};

const show = (theme: Theme): void => {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset['theme'] =
    theme === 'system' ? (dark ? 'dark' : 'light') : theme;
};

interface Preferences {
  theme: Theme;
  density: Density;
  /** Single keys act as shortcuts. */
  keys: boolean;
  collapsed: boolean;
  setTheme: (theme: Theme) => void;
  toggleTheme: () => void;
  setDensity: (density: Density) => void;
  setKeys: (keys: boolean) => void;
  toggleCollapsed: () => void;
}

const theme = read('theme');

/** What the user chose for this browser. */
export const usePreferences = create<Preferences>((set, get) => ({
  theme: theme === 'light' || theme === 'dark' ? theme : 'system',
  density: read('density') === 'compact' ? 'compact' : 'comfortable',
  keys: read('keys') !== 'off',
  collapsed: read('collapsed') === 'on',
  setTheme: (theme) => {
    keep('theme', theme);
    show(theme);
    set({ theme });
  },
  toggleTheme: () => {
    get().setTheme(document.documentElement.dataset['theme'] === 'dark' ? 'light' : 'dark');
  },
  setDensity: (density) => {
    keep('density', density);
    set({ density });
  },
  setKeys: (keys) => {
    keep('keys', keys ? 'on' : 'off');
    set({ keys });
  },
  toggleCollapsed: () => {
    keep('collapsed', get().collapsed ? 'off' : 'on');
    set({ collapsed: !get().collapsed });
  },
}));
