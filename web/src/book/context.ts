import { createContext, useContext } from 'react';
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
}

const Context = createContext<Reader>({
  words: wordsOf('en'),
  language: 'en',
  locale: 'en',
  zone: 'UTC',
  setZone: () => undefined,
  go: () => undefined,
});

export const ReaderProvider = Context.Provider;
export const useReader = (): Reader => useContext(Context);
