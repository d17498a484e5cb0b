import type { Move } from '@/shared/api/people';
import { maskedPhone, money, NONE, shortId } from '@/shared/format/number';
import { words } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { dateTime, month as monthWord } from '@/shared/time';
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
  if (INSTANT.test(text)) return dateTime(text, zone);
  if (/^\d{4}-\d{2}$/.test(text)) return monthWord(text);
  if (/^\+\d{7,15}$/.test(text)) return maskedPhone(text);
  return text.includes('@') ? masked(text) : text;
};

/** The column, without the unit that its values are written with. */
export const columnWord = (column: string): string => words(column.replace(/_(minor|micro)$/, ''));

/** Key figures come first, attribution, which has the most rows, last. */
export const inOrder = (moves: Move[]): Move[] => {
  const order = Object.keys(TABLES);
  const place = (move: Move) => (order.indexOf(move.table) + order.length + 1) % (order.length + 1);
  return [...moves].sort((a, b) => place(a) - place(b));
};

/** Which row: the values of its key, `month=2026-03,channel=email` is March 2026 · email. */
export const rowWords = (key: string, zone: string): string =>
  key
    .split(',')
    .map((part) => part.slice(part.indexOf('=') + 1))
    .map((value) => (value === '' ? t('none') : plain(value, zone)))
    .join(' · ');

/** A factor of somebody's health. */
const isFactor = (value: unknown): value is { code: string; points: number } =>
  typeof value === 'object' && value !== null && 'code' in value && 'points' in value;

/** A value of a column as it is written; amounts by the name of their column. */
export const moved = (value: unknown, column: string, currency: string, zone: string): string => {
  if (value === null || value === undefined) return NONE;
  if (Array.isArray(value))
    return value.map((one) => moved(one, column, currency, zone)).join(', ') || NONE;
  if (typeof value === 'number' && column.endsWith('_minor')) return money(value, currency);
  if (isFactor(value))
    return `${words(value.code)} ${value.points > 0 ? '+' : ''}${String(value.points)}`;
  return typeof value === 'string' ? plain(value, zone) : JSON.stringify(value);
};
