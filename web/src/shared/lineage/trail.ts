import { queryOptions } from '@tanstack/react-query';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { words } from '@/shared/format/words';

export type Lineage = Schema['Lineage'];
export type Row = Record<string, unknown>;

/** A table and the key of one of its rows. */
export interface Place {
  table: string;
  keys: string[];
}

/** Table and key of an address `/api/lineage/{table}?key=…`. */
export const placeOf = (href: string): Place => {
  const [path = '', query = ''] = href.split('?');
  return {
    table: decodeURIComponent(path.split('/').pop() ?? ''),
    keys: new URLSearchParams(query).getAll('key'),
  };
};

/** The page of a row's lineage. */
export const pageOf = ({ table, keys }: Place): string =>
  `/app/lineage/${encodeURIComponent(table)}?${keys.map((key) => `key=${encodeURIComponent(key)}`).join('&')}`;

/** Where a row comes from. */
export const lineageOf = ({ table, keys }: Place) =>
  queryOptions({
    queryKey: ['lineage', table, keys],
    queryFn: (): Promise<Lineage> =>
      unwrap(
        api.GET('/api/lineage/{table}', { params: { path: { table }, query: { key: keys } } }),
      ),
  });

/** A value of a row as text. */
export const text = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : value === null || value === undefined
      ? '–'
      : JSON.stringify(value);

/** Columns of a row with their values; names and values may break at their underscores. */
export const facts = (row: Row, names: string[]): [string, string][] =>
  names
    .filter((name) => name in row)
    .map((name) => [words(name), text(row[name]).replaceAll('_', '_\u200b')]);
