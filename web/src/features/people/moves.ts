import type { Move } from '@/shared/api/people';
import { maskedPhone, money, NONE, percent, shortId } from '@/shared/format/number';
import { words } from '@/shared/format/words';
import { NUMBERS } from '@/shared/i18n/language';
import { t } from '@/shared/i18n/t';
import { modelOf } from '@/shared/numbers/models';
import { dateTime, month as monthWord } from '@/shared/time';
import { shortRecord } from './kinds';
import { masked } from './masked';

const keyOf = (move: Move): string => JSON.stringify([move.table, move.key, move.column]);
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Whether some moves take back exactly what others moved. */
export const takesBack = (undone: Move[], done: Move[]): boolean => {
  const before = new Map(done.map((move) => [keyOf(move), move]));
  return (
    undone.length === done.length &&
    undone.every((move) => {
      const other = before.get(keyOf(move));
      return other !== undefined && same(move.from, other.to) && same(move.to, other.from);
    })
  );
};

const TABLES: Record<string, string> = {
  'gold.kpi_monthly': t('Key figures'),
  'silver.contacts': t('Person'),
  'gold.unified_customers': t('Customer'),
  'silver.touches': t('Touches'),
  'gold.channel_attribution': t('Attribution'),
};

/** Where a value stands, in words. */
export const tableWord = (table: string): string =>
  TABLES[table] ?? words(table.replace(/^\w+\./, ''));

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;

/** A text of a row: ids are shortened, addresses masked, instants are of the reporting zone. */
const plain = (text: string, zone: string): string => {
  if (UUID.test(text)) return shortId(text);
  if (text.startsWith('https://')) return shortRecord(text);
  if (INSTANT.test(text)) return dateTime(text, zone);
  if (/^\d{4}-\d{2}$/.test(text)) return monthWord(text);
  if (/^\+\d{7,15}$/.test(text)) return maskedPhone(text);
  return text.includes('@') ? masked(text) : text;
};

/** What of the records a move is about: key figures are looked at first, attribution, which has the most rows, last. */
export type About = 'figures' | 'records' | 'shares';

const ABOUT: Record<string, About> = {
  'gold.kpi_monthly': 'figures',
  'gold.channel_attribution': 'shares',
  'silver.attribution_credits': 'shares',
};

export const aboutOf = (move: Move): About => ABOUT[move.table] ?? 'records';

/** What ids, addresses and keys of a row are called where somebody knows: people, users, models. */
export type Names = (value: string) => string | null;

const nobody: Names = () => null;

/** What stands for no value in a part of a key. */
const EMPTY: Record<string, string> = {
  user_id: t('Unassigned'),
  campaign: t('every campaign'),
};

/** Which row: the values of its key, `month=2026-03,channel=email` is March 2026 · email. */
export const rowWords = (key: string, zone: string, names = nobody): string =>
  key
    .split(',')
    .map((part) => {
      const [name = '', ...rest] = part.split('=');
      const value = rest.join('=');
      if (value === '') return EMPTY[name] ?? t('none');
      if (name === 'model') return modelOf(value)?.name ?? value;
      if (name === 'channel') return words(value);
      return names(value) ?? plain(value, zone);
    })
    .join(' · ');

/** A figure with every place that it has. */
const exact = (value: number): string =>
  new Intl.NumberFormat(NUMBERS, { maximumFractionDigits: 6 }).format(value).replace('-', '−');

/** A factor of somebody's health. */
const isFactor = (value: unknown): value is { code: string; points: number } =>
  typeof value === 'object' && value !== null && 'code' in value && 'points' in value;

/** A value of a column as it is written; amounts by the name of their column. */
export const moved = (
  value: unknown,
  column: string,
  currency: string,
  zone: string,
  names = nobody,
): string => {
  if (value === null || value === undefined) return NONE;
  if (Array.isArray(value))
    return value.map((one) => moved(one, column, currency, zone, names)).join(', ') || NONE;
  if (typeof value === 'number' && column.endsWith('_minor')) return money(value, currency);
  if (isFactor(value))
    return `${words(value.code)} ${value.points > 0 ? '+' : ''}${String(value.points)}`;
  if (typeof value === 'number') return /_rate$/.test(column) ? percent(value) : exact(value);
  if (typeof value !== 'string') return JSON.stringify(value);
  return names(value) ?? (/channel|source/.test(column) ? words(value) : plain(value, zone));
};
