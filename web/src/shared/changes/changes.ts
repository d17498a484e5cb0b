import type { Schema } from '@/shared/api/client';
import { t } from '@/shared/i18n/t';

type Told = Schema['List_NumberChange']['items'][number];

/** A value that changed; the API's document leaves the types of keys and values open. */
export type Change = Omit<Told, 'key' | 'from' | 'to'> & {
  key: Record<string, unknown>;
  from: unknown;
  to: unknown;
};

/** Columns of key figures that are money in minor units without saying so. */
const MONEY = ['revenue', 'cash_collected', 'spend', 'profit'];

/** The column is money in minor units. */
export const isMoney = (change: Pick<Change, 'table' | 'column'>): boolean =>
  change.column.endsWith('_minor') ||
  (change.table === 'gold.kpi_monthly' && MONEY.includes(change.column));

/** Columns that say of which day or month a row is. */
const DATED = ['month', 'booking_date', 'day'];

/** The month `YYYY-MM` that a row of a table is about, by its key; none of rows without a day. */
export const monthOf = (key: Change['key']): string | null => {
  const found = DATED.map((column) => key[column]).find((value) => typeof value === 'string');
  return typeof found === 'string' ? found.slice(0, 7) : null;
};

/** What else a row of a table is about: its day, person, campaign, channel; what is empty says nothing. */
export const rowOf = (key: Change['key']): string[] =>
  Object.entries(key).flatMap(([column, value]) => {
    if (column === 'month') return [];
    if (column === 'user_id') return [personOf(value)];
    if (value === null || value === undefined || value === '') return [];
    return [typeof value === 'string' ? value : JSON.stringify(value)];
  });

/** A key of somebody on the team; only those who are no users of the app have a speaking one. */
const personOf = (key: unknown): string => {
  if (typeof key !== 'string' || key === '') return t('nobody on the team');
  return key.includes('@') ? key : t('one person');
};

/** The changes that a delivery is a cause of. */
export const movedBy = (changes: Change[], delivery: string): Change[] =>
  changes.filter(
    ({ cause }) =>
      'delivery_id' in cause &&
      (cause.delivery_id === delivery || cause.others?.includes(delivery) === true),
  );
