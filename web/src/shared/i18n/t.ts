/**
 * Words of the team's page. The English text is the key: `t('Close rate')`, or with figures in it
 * t`${n} rows`, which catalogues know as `{0} rows`. A test reads all keys from the source and compares them
 * with the catalogues.
 */
import { LANGUAGE, LOCALE } from './language';
import { pseudo } from './pseudo';

/** Another language is loaded before anything is written; English needs none. */
const catalogue = LANGUAGE === 'es' ? (await import('./es')).default : null;

const fill = (text: string, values: (string | number)[]): string =>
  text.replaceAll(/\{(\d)\}/g, (place, at: string) => String(values[Number(at)] ?? place));

/** What tests see of a text that went through here. */
export const pseudoed = (text: string): string => (LANGUAGE === 'pseudo' ? pseudo(text) : text);

const known = (key: string): string => pseudoed(catalogue?.texts[key] ?? key);

/** A text in the page's language. */
export function t(text: string): string;
export function t(parts: TemplateStringsArray, ...values: (string | number)[]): string;
export function t(text: string | TemplateStringsArray, ...values: (string | number)[]): string {
  if (typeof text === 'string') return known(text);
  const key = text.reduce((all, part, at) => `${all}{${String(at - 1)}}${part}`);
  return fill(known(key), values);
}

/** A state, reason or other code of the API as a word; `null` where the language has none of its own. */
export const code = (name: string): string | null => catalogue?.codes[name.toLowerCase()] ?? null;

/** What a `code` of an error means; `null` where the language has no words of its own. */
export const errorWord = (name: string): string | null => catalogue?.errors[name] ?? null;

const plurals = new Intl.PluralRules(LOCALE);

/** One of two wordings by a number: many(1, t('1 row'), t`${n} rows`). */
export const many = (n: number, one: string, other: string): string =>
  plurals.select(n) === 'one' ? one : other;
