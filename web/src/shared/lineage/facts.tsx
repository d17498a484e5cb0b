import type { ReactNode } from 'react';
import { channelWord } from '@/shared/format/channel';
import { money } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { day, isDay } from '@/shared/time';
import { Time } from '@/shared/ui/Time';
import { text, type Row } from './trail';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:[\d.]+Z$/;

const MINOR = /_minor$/;

/** A value of a row: an instant in the reporting zone, with UTC in its tip; a day and money as everywhere; other values may
 * break at their underscores. */
const shown = (name: string, row: Row, currency: string): ReactNode => {
  const value = row[name];
  if (typeof value === 'string' && INSTANT.test(value)) return <Time at={value} />;
  if (typeof value === 'string' && isDay(value)) return day(value);
  if (typeof value === 'number' && MINOR.test(name)) return money(value, unitOf(row, currency));
  if (name === 'channel' || name === 'marketing_channel') return channelWord(text(value));
  return text(value).replaceAll('_', '_\u200b');
};

/** The currency of a row's amounts; rows that name none are of the business's own. */
const unitOf = (row: Row, currency: string): string =>
  typeof row['currency'] === 'string' ? row['currency'] : currency;

/** Columns of a row with their values; `currency` is the business's. */
export const facts = (row: Row, names: string[], currency: string): [string, ReactNode][] =>
  names
    .filter((name) => name in row)
    .map((name) => [sentence(name.replace(MINOR, '')), shown(name, row, currency)]);
