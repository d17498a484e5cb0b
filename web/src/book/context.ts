import { createContext, useContext } from 'react';
import type { Schema } from '@/shared/api/client';
import type { Language } from '@/shared/i18n/language';
import { wordsOf, type Words } from './words';

/** What every part of the customers' page knows. */
export interface Reader {
  words: Words;
  language: Language;
  /** A language tag for numbers and dates. */
  locale: string;
  zone: string;
  setZone: (zone: string) => void;
  go: (path: string) => void;
  /** What can be booked, and whose it is; `null` until it is known. */
  shop: Schema['SessionTypes'] | null;
  /** Why it is not known. */
  problem: unknown;
}

const Context = createContext<Reader>({
  words: wordsOf('en'),
  language: 'en',
  locale: 'en',
  zone: 'UTC',
  setZone: () => undefined,
  go: () => undefined,
  shop: null,
  problem: null,
});

export const ReaderProvider = Context.Provider;
export const useReader = (): Reader => useContext(Context);
