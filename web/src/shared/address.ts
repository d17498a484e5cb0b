import { createParser } from 'nuqs';
import { isDay, isMonth } from './time';

/** What the address may hold: anybody can type into it, so what is no month or day counts as not said. */

const serialize = (text: string): string => text;

/** A month, or one of some words. */
export const parseAsMonth = (...words: string[]) =>
  createParser({
    parse: (text) => (isMonth(text) || words.includes(text) ? text : null),
    serialize,
  });

/** A calendar day. */
export const parseAsDay = createParser({
  parse: (text) => (isDay(text) ? text : null),
  serialize,
});
