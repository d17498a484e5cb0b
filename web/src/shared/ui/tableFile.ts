import { csv } from '@/shared/format/csv';
import { decimal } from '@/shared/format/number';
import { isInstant, wallOf } from '@/shared/time';
import type { Column } from './Table';

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
      ...oneCurrency(column, rows),
      ...(at === 0 ? notes : []),
    ];
    return of.length > 0 ? `${column.head} (${of.join(', ')})` : column.head;
  });
  return csv(
    heads,
    rows.map((row) => filed.map((column) => written(column, row, zone))),
  );
}

/** The currency of all amounts of a column, where it is one. */
function oneCurrency<R>(column: Column<R>, rows: R[]): string[] {
  const found = [...new Set(rows.flatMap((row) => column.currency?.(row) ?? []))];
  return found.length === 1 ? found : [];
}

function written<R>(column: Column<R>, row: R, zone: string): unknown {
  const value = column.value?.(row);
  if (isInstant(value)) return wallOf(value, zone).replace('T', ' ');
  const currency = column.currency?.(row);
  return currency && typeof value === 'number' ? amount(value, currency) : value;
}

/** An amount that a spreadsheet takes for a number. */
const amount = (minor: number, currency: string): number => Number(decimal(minor, currency));
