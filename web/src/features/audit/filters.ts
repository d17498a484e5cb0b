import { parseAsString, useQueryStates } from 'nuqs';
import type { Schema } from '@/shared/api/client';
import { dayIn } from '@/shared/time';

export type Row = Schema['AuditRow'];

/** What a page of the audit is about; it stands in the address, ids only. */
export interface Filters {
  actor: string | null;
  action: string | null;
  day: string | null;
}

export const useFilters = () =>
  useQueryStates(
    { actor: parseAsString, action: parseAsString, day: parseAsString },
    { history: 'push' },
  );

/** Whether a line fits the filters; its day is that of the reporting zone. */
export const fits =
  ({ actor, action, day }: Filters, zone: string) =>
  (row: Row): boolean =>
    (actor === null || row.actor === actor) &&
    (action === null || row.action === action) &&
    (day === null || dayIn(row.at, zone) === day);

/** The different values of a column, in order. */
export const valuesOf = (rows: Row[], column: 'actor' | 'action'): string[] =>
  [...new Set(rows.map((row) => row[column]))].sort();
