/** The language of the page: a choice of this browser, else the first of its own languages that is here. */

const NAME = 'bookpath.language';

/** `pseudo` is English made strange and longer, by which tests find what is not translated or cut off. */
export type Language = 'en' | 'es' | 'pseudo';

/** The languages that are offered, with their own names. */
export const LANGUAGES: [Language, string][] = [
  ['en', 'English'],
  ['es', 'Español'],
];

const KNOWN: string[] = ['en', 'es', 'pseudo'];

/** What was chosen, else the browser's first language that is here, else English. */
export function language(): Language {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(NAME);
  } catch {
    chosen = null;
  }
  const wanted = [chosen ?? '', ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return wanted.find((name): name is Language => KNOWN.includes(name)) ?? 'en';
}

/** Keeps a choice for this browser. */
export const chooseLanguage = (name: Language): void => {
  try {
    localStorage.setItem(NAME, name);
  } catch {
    // The choice lives as long as the page.
  }
};

/** The tag by which days and instants are written. */
const TAGS: Record<Language, string> = { en: 'en-GB', es: 'es', pseudo: 'en-GB' };

/** The tag of a language for `Intl`: the browser's own variant of it where it has one. */
export const tagOf = (name: Language): string =>
  name === 'en' ? TAGS.en : (navigator.languages.find((tag) => tag.startsWith(name)) ?? TAGS[name]);

/** The language with which this page was opened; another choice opens it anew. */
export const LANGUAGE = language();
export const LOCALE = tagOf(LANGUAGE);

/** The tag by which figures are written; English ones as the browser writes them. */
export const NUMBERS: string | undefined = LANGUAGE === 'es' ? LOCALE : undefined;
