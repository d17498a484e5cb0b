import { create } from 'zustand';

/** Whether an answer said that the login is over. */
export const useExpired = create<{ expired: boolean; set: (expired: boolean) => void }>((set) => ({
  expired: false,
  set: (expired) => {
    set({ expired });
  },
}));
