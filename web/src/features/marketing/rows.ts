import { t } from '@/shared/i18n/t';
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '@/shared/api/client';
import type { Drill, FigureView } from '@/shared/api/numbers';
import type { Page } from '@/shared/api/useList';
import { useFrame } from '@/shared/frame';

/** Rows of the gold tables, as the API answers them. */
export interface TrendRow {
  booking_date: string;
  bookings: number;
  bookings_7d_avg: number | null;
  bookings_28d_avg: number | null;
  wow_change_pct: number | null;
  drill?: Drill | null;
}
export interface DailyRow {
  booking_date: string;
  utm_source: string | null;
  marketing_channel: string;
  bookings: number;
  unique_contacts: number;
  first_time_contacts: number;
}
export interface TimingRow {
  /** Null where the invitee's own clock is unknown; not in totals of the other. */
  booking_day_of_week?: string | null;
  booking_hour?: number | null;
  bookings: number;
  canceled: number;
  attended: number;
  no_show: number;
  avg_lead_hours: number | null;
  drill?: Drill | null;
}
export interface CostRow {
  booking_date: string;
  channel: string;
  campaign: string | null;
  spend_minor: number | null;
  bookings: number;
  attended: number;
  cost_per_booking_minor: number | null;
  cost_per_attended_minor: number | null;
  spend_status: string;
  /** Of spend and costs. */
  currency?: string | null;
}
export interface AttributionRow {
  month: string;
  channel: string;
  campaign: string | null;
  model: string;
  touches: number;
  conversions_credit: number;
  revenue_credit_minor: number;
  cash_credit_minor: number;
  cost_minor: number | null;
  roas: number | null;
  /** Of revenue and cash, and of the cost. */
  currency?: string | null;
  cost_currency?: string | null;
}

/** The bookings of a day as a figure that opens, where the API tells its rows. */
export const bookingsOf = (row: TrendRow): FigureView | null =>
  row.drill
    ? {
        value: row.bookings,
        numerator: row.bookings,
        unit: 'count',
        formula: t('bookings by the day on which they were made; a moved one counts once'),
        drill: row.drill,
      }
    : null;

/** The id of a day's figure in the address. */
export const dayId = (row: TrendRow): string => `day.${row.booking_date}`;

export interface Rows {
  bookings_trend: TrendRow;
  daily_bookings_by_source: DailyRow;
  booking_time_analysis: TimingRow;
  cost_per_booking: CostRow;
  channel_attribution: AttributionRow;
}

export interface Range {
  from?: string;
  to?: string;
  /** The rows as they stood at this instant. */
  known_at?: string;
  channel?: string;
  /** Figures of the whole range for each of these. */
  group?: string;
  /** Whose clock shows the hour of a booking. */
  zone?: 'invitee';
}

/** The chosen past instant, as tables are asked for it. */
export const useKnown = (): Range => {
  const { known } = useFrame();
  return known ? { known_at: known } : {};
};

const LIMIT = 1000;

/** A page of a gold table. */
export async function page<T extends keyof Rows>(
  table: T,
  range: Range,
  cursor?: string,
  limit = LIMIT,
  sort?: string,
): Promise<Page<Rows[T]>> {
  const query = { ...range, limit, ...(cursor ? { cursor } : {}), ...(sort ? { sort } : {}) };
  const found = await unwrap(
    api.GET('/api/marketing/{table}', { params: { path: { table }, query } }),
  );
  return found as unknown as Page<Rows[T]>;
}

/** The rows of a gold table within a range of days. */
export const table = <T extends keyof Rows>(name: T, range: Range) =>
  queryOptions({
    queryKey: ['marketing', name, range],
    queryFn: () => page(name, range),
    placeholderData: (before: Page<Rows[T]> | undefined) => before,
  });

/** The API's own file of a table: all rows of the range. */
export const csvOf = (name: keyof Rows, range: Range): string => {
  const query = new URLSearchParams({ ...range, format: 'csv' });
  return `/api/marketing/${name}?${query.toString()}`;
};

export const TABS: [string, string][] = [
  ['/app/marketing', t('Bookings')],
  ['/app/marketing/timing', t('Timing')],
  ['/app/marketing/cost', t('Cost')],
  ['/app/marketing/attribution', t('Attribution')],
];
