import type { Schema } from '@/shared/api/client';

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

/** The changes that a delivery is a cause of. */
export const movedBy = (changes: Change[], delivery: string): Change[] =>
  changes.filter(
    ({ cause }) =>
      'delivery_id' in cause &&
      (cause.delivery_id === delivery || cause.others?.includes(delivery) === true),
  );
