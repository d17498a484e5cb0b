import type { Schema } from '@/shared/api/client';
import { channelWord } from '@/shared/format/channel';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { KEYS } from '@/shared/numbers/keys';
import { modelOf } from '@/shared/numbers/models';
import { day } from '@/shared/time';

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

/** Columns of the tables beside those of the key figures. */
const COLUMNS: Record<string, string> = {
  assigned_am: t('Account manager'),
  assigned_am_email: t('Account manager’s e-mail'),
  attendance_rate: t('Attendance rate'),
  attended: t('Attended'),
  avg_lead_hours: t('Lead time (hours)'),
  bookings: t('Bookings'),
  bookings_28d_avg: t('28-day average'),
  bookings_7d_avg: t('7-day average'),
  calls_canceled: t('Calls cancelled'),
  calls_completed: t('Calls completed'),
  calls_no_show: t('No-shows'),
  calls_rescheduled: t('Calls moved'),
  calls_upcoming: t('Calls ahead'),
  canceled: t('Cancelled'),
  cash_credit_minor: t('Cash credited'),
  conversions_credit: t('Deals credited'),
  cost_per_attended_minor: t('Cost per attended'),
  cost_per_booking_minor: t('Cost per booking'),
  direct_bookings: t('Direct bookings'),
  first_time_contacts: t('First-time'),
  health_call_delta: t('Health from the last call'),
  health_factors: t('What moved the health'),
  health_score: t('Health'),
  no_show: t('No-shows'),
  revenue_credit_minor: t('Revenue credited'),
  roas: t('Return on cost'),
  solution_canceled: t('Call 2 cancelled'),
  solution_no_show: t('Call 2 no-show'),
  solution_past: t('Call 2 in the past'),
  solution_unrecorded: t('Call 2 without a recorded outcome'),
  spend_minor: t('Spend'),
  touches: t('Touches'),
  triage_canceled: t('Call 1 cancelled'),
  triage_contacts: t('Contacts with call 1'),
  triage_no_show: t('Call 1 no-show'),
  triage_to_solution: t('Call 1 to call 2'),
  unique_contacts: t('People'),
  wow_change_pct: t('Week on week'),
};

/** What a column is called: as the figure that it is on other pages. */
export const columnWord = (column: string): string =>
  COLUMNS[column] ?? KEYS[column]?.name ?? sentence(column.replace(/_minor$/, ''));

/** What else a row of a table is about: its day, person, campaign, channel; what is empty says nothing. */
export const rowOf = (key: Change['key'], people: Map<string, string>): string[] =>
  Object.entries(key).flatMap(([column, value]) => {
    if (column === 'month') return [];
    if (column === 'user_id') return [personOf(value, people)];
    if (column.startsWith('booking_hour') && typeof value === 'number') return [hourWord(value)];
    if (value === null || value === undefined || value === '') return [];
    if (typeof value !== 'string') return [JSON.stringify(value)];
    if (DATED.includes(column)) return [day(value)];
    if (column === 'channel' || column === 'marketing_channel') return [channelWord(value)];
    if (column === 'contact_id') return [t('one customer')];
    if (column === 'model') return [modelOf(value)?.name ?? value];
    if (column.startsWith('booking_day_of_week')) return [sentence(value)];
    return [value];
  });

const hourWord = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

/** Somebody on the team by name, as far as names are known here; an id says nothing to anybody. */
const personOf = (key: unknown, people: Map<string, string>): string => {
  if (typeof key !== 'string' || key === '') return t('nobody on the team');
  return people.get(key) ?? (key.includes('@') ? key : t('one person'));
};

/** Changes of one run by one cause, what people look at first. */
export interface Group {
  id: string;
  at: string;
  cause: Change['cause'];
  changes: Change[];
}

/** Figures of a month, then counts of a day, then what follows from those. */
const rank = ({ table, column }: Change): number => {
  if (table === 'gold.kpi_monthly') return 0;
  if (/_avg|_pct|^cost_per|credit/.test(column)) return 3;
  return table === 'gold.bookings_trend' ? 1 : 2;
};

/** Changes by what caused them, in their order; a webhook that came late moves many values at once. */
export const grouped = (changes: Change[]): Group[] => {
  const groups = new Map<string, Group>();
  for (const change of changes) {
    const { at, cause } = change;
    const id = `${at} ${'delivery_id' in cause ? cause.delivery_id : cause.action}`;
    const group = groups.get(id) ?? { id, at, cause, changes: [] };
    group.changes.push(change);
    groups.set(id, group);
  }
  return [...groups.values()].map((group) => ({
    ...group,
    changes: group.changes.toSorted((a, b) => rank(a) - rank(b)),
  }));
};

/** Changes by the table that they are of, in their order. */
export const byTable = (changes: Change[]): [table: string, changes: Change[]][] => {
  const tables = [...new Set(changes.map((change) => change.table))];
  return tables.map((table) => [table, changes.filter((change) => change.table === table)]);
};

/** The changes that a delivery is a cause of. */
export const movedBy = (changes: Change[], delivery: string): Change[] =>
  changes.filter(
    ({ cause }) =>
      'delivery_id' in cause &&
      (cause.delivery_id === delivery || cause.others?.includes(delivery) === true),
  );
