import { create } from 'zustand';

const NAME = 'bookpath.demo';

const read = (): string | null => {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null;
  }
};

const keep = (value: string): void => {
  try {
    sessionStorage.setItem(NAME, value);
  } catch {
    // A browser without storage forgets it with the page.
  }
};

interface Demo {
  /** Somebody came in by one of the demo's logins, and has not put its card away. */
  shown: boolean;
  begin: () => void;
  putAway: () => void;
}

/** Whether this tab looks around in the demo. */
export const useDemo = create<Demo>((set) => ({
  shown: read() === 'shown',
  begin: () => {
    keep('shown');
    set({ shown: true });
  },
  putAway: () => {
    keep('away');
    set({ shown: false });
  },
}));
