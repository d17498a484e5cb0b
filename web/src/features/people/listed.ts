import { create } from 'zustand';

interface Listed {
  /** The people of the list that somebody came from, by their opaque ids. */
  ids: string[];
  keep: (ids: string[]) => void;
}

/** From which list a person was opened, for the way to the next one. It ends with the page: a link leads to one person only. */
export const useListed = create<Listed>((set) => ({
  ids: [],
  keep: (ids) => {
    set({ ids });
  },
}));
