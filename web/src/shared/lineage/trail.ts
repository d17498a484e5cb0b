import { queryOptions } from '@tanstack/react-query';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { tableWord } from './tables';

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

/** Columns that say the most of a row, in the order in which they are told. */
export const TOLD = [
  'invitee_name',
  'event_type_name',
  'name',
  'status',
  'value_minor',
  'date_won',
  'submitted_at',
  'kind',
  'amount_minor',
  'occurred_at',
  'day',
  'channel',
  'campaign',
  'booking_date',
  'marketing_channel',
  'attendance',
];

/** The place of the first row of silver that somebody sent, else of the first. */
export const firstSent = (lineage: Lineage): number => lineage.objects[0]?.row ?? 0;

/** The object in which a row of silver was sent. */
export const objectOf = (lineage: Lineage, at: number): Lineage['objects'][number] | undefined =>
  lineage.objects.find((object) => object.row === at);

/** Columns that name a row, the first that it has. */
const NAMES = [
  'invitee_name',
  'name',
  'email',
  'invitee_email',
  'token',
  'opportunity_id',
  'payment_id',
  'crm_contact_id',
  'lead_id',
  'activity_id',
  'subject',
  'day',
  'month',
  'row_id',
  'contact_id',
];

/** What a row of silver is called. */
export const titleOf = (row: Row): string => {
  const name = NAMES.find((column) => typeof row[column] === 'string' && row[column] !== '');
  return text(name === undefined ? undefined : row[name]);
};

/** What a row of silver is: its event, else its table. */
export const kindOf = (row: Row): string => {
  const event = row['event_type_name'] ?? row['event_name'];
  return event === undefined || event === null ? tableWord(text(row['table'])) : text(event);
};
