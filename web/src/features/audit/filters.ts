import { parseAsString, useQueryStates } from 'nuqs';
import { parseAsDay } from '@/shared/address';
import type { Schema } from '@/shared/api/client';
import { within } from '@/shared/time';

export type Row = Schema['AuditRow'];

/** What a page of the audit is about; it stands in the address, ids only. */
export interface Filters {
  actor: string | null;
  action: string | null;
  day: string | null;
}

export const useFilters = () =>
  useQueryStates(
    { actor: parseAsString, action: parseAsString, day: parseAsDay },
    { history: 'push' },
  );

/** The filters as the API takes them. */
export const queryOf = ({ actor, action, day }: Filters, zone: string) => ({
  ...(actor ? { actor } : {}),
  ...(action ? { action } : {}),
  ...within(day, day, zone),
});

/** The different values of a column, in order. */
export const valuesOf = (rows: Row[], column: 'actor' | 'action'): string[] =>
  [...new Set(rows.map((row) => row[column]))].sort();
