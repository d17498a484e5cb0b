import { csv } from '@/shared/format/csv';
import { decimal } from '@/shared/format/number';
import { isInstant, wallOf } from '@/shared/time';
import type { Column } from './column';

/** A table as a file: times are of the reporting zone, which a header names, and money is of its currency. */
export function tableFile<R>(
  columns: Column<R>[],
  rows: R[],
  zone: string,
  /** What else is to be known of the rows. */
  notes: string[],
): string {
  const filed = columns.filter((column) => column.value);
  const timed = filed.map((column) => rows.some((row) => isInstant(column.value?.(row))));
  const zoned = timed.includes(true);
  const heads = filed.map((column, at) => {
    const of = [
      ...(timed[at] || (!zoned && at === 0) ? [zone] : []),
      ...(column.unit ? [column.unit] : oneCurrency(column, rows)),
      ...(at === 0 ? notes : []),
    ];
    return of.length > 0 ? `${column.head} (${of.join(', ')})` : column.head;
  });
  return csv(
    heads,
    rows.map((row) => filed.map((column) => written(column, row, zone))),
  );
}

/** The currency of a column, where all that it has are amounts of one. */
function oneCurrency<R>(column: Column<R>, rows: R[]): string[] {
  const told = rows.filter((row) => typeof column.value?.(row) === 'number');
  const [first, ...others] = new Set(told.map((row) => column.currency?.(row) ?? null));
  return first && others.length === 0 ? [first] : [];
}

function written<R>(column: Column<R>, row: R, zone: string): unknown {
  const value = column.value?.(row);
  if (isInstant(value)) return wallOf(value, zone).replace('T', ' ');
  const currency = column.currency?.(row);
  return currency && typeof value === 'number' ? amount(value, currency) : value;
}

/** An amount that a spreadsheet takes for a number. */
const amount = (minor: number, currency: string): number => Number(decimal(minor, currency));
