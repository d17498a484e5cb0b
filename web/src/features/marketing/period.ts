import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '@/shared/api/client';
import type { Drill, FigureView } from '@/shared/api/numbers';
import type { Page } from '@/shared/api/useList';
import { channelWord } from '@/shared/format/channel';
import { t } from '@/shared/i18n/t';
import type { Opening } from '@/shared/numbers/Door';
import type { Range } from './rows';

export const PARTS = ['channel', 'campaign'] as const;
export type Part = (typeof PARTS)[number];
export const PART_WORDS: Record<Part, string> = { channel: t('Channel'), campaign: t('Campaign') };

/** Figures of a whole period, as the server counts them: no sums of days. */
interface Counted {
  /** The channel or campaign of the row; absent for a total. */
  channel?: string | null;
  campaign?: string | null;
  source?: string | null;
  bookings: number;
  drill?: Drill | null;
}
export interface PeriodCost extends Counted {
  drills: Record<string, Drill>;
  spend_minor: number | null;
  attended: number;
  cost_per_booking_minor: number | null;
  cost_per_attended_minor: number | null;
  spend_status: string;
  /** Of spend and costs. */
  currency?: string | null;
}
export interface PeriodBookings extends Counted {
  unique_contacts: number;
  first_time_contacts: number;
}

/** Outcomes of the bookings of a period, and how long before the call they were made. */
export interface PeriodTiming extends Counted {
  canceled: number;
  attended: number;
  no_show: number;
  avg_lead_hours: number | null;
}
interface Tables {
  booking_time_analysis: PeriodTiming;
  cost_per_booking: PeriodCost;
  daily_bookings_by_source: PeriodBookings;
}

const LIMIT = 1000;

/** A period divided by channel or campaign, most bookings first; or its total. */
export const period = <T extends keyof Tables>(
  table: T,
  group: Part | 'source' | 'total',
  range: Range,
) =>
  queryOptions({
    queryKey: ['marketing', table, 'of', group, range],
    queryFn: async () => {
      const found = await unwrap(
        api.GET('/api/marketing/{table}', {
          params: {
            path: { table },
            query: { ...range, group, sort: '-bookings', limit: LIMIT },
          },
        }),
      );
      return (found as unknown as Page<Tables[T]>).items;
    },
    // Rows of another division have other names: they are not shown while these are loaded.
    placeholderData: (before: Tables[T][] | undefined, query) =>
      query?.queryKey[3] === group ? before : undefined,
  });

/** What a row of a period is of, in words. */
export const partName = (row: Counted, part: Part | 'total'): string => {
  if (part === 'total') return t('Everything');
  const name = row[part];
  if (!name) return t('None');
  return part === 'channel' ? channelWord(name) : name;
};

/** The id of a row's bookings in the address. */
export const partId = (row: Counted, part: Part | 'total'): string =>
  part === 'total' ? 'part.total' : `part.${part}.${row[part] ?? ''}`;

/** The bookings of a row as a figure that opens. */
export const partFigure = (row: Counted): FigureView => ({
  value: row.bookings,
  numerator: row.bookings,
  unit: 'count',
  formula: t('bookings by the day on which they were made; a moved one counts once'),
  drill: row.drill ?? null,
});

/** The figures of a row of costs beside its bookings. */
export type CostFigure =
  'spend_minor' | 'attended' | 'cost_per_booking_minor' | 'cost_per_attended_minor';

const COSTS: Record<
  CostFigure,
  { name: string; formula: string; below?: 'bookings' | 'attended' }
> = {
  spend_minor: {
    name: t('Spend'),
    formula: t('what was recorded as spent on the days of the period'),
  },
  attended: {
    name: t('Attended'),
    formula: t('bookings that were attended, by the day on which they were made'),
  },
  cost_per_booking_minor: {
    name: t('Cost per booking'),
    formula: t('spend / bookings'),
    below: 'bookings',
  },
  cost_per_attended_minor: {
    name: t('Cost per attended'),
    formula: t('spend / attended bookings'),
    below: 'attended',
  },
};

/** The id of a figure of costs in the address. */
export const costId = (row: PeriodCost, part: Part | 'total', figure: CostFigure): string =>
  `${partId(row, part)}.${figure}`;

/** A figure of a row of costs, as one that opens. */
export const costFigure = (row: PeriodCost, figure: CostFigure, unit: string): FigureView => {
  const { formula, below } = COSTS[figure];
  return {
    value: row[figure],
    numerator: (below ? row.spend_minor : row[figure]) ?? 0,
    denominator: below ? row[below] : null,
    unit: figure === 'attended' ? 'count' : 'money',
    formula,
    currency: row.currency ?? unit,
    drill: row.drills[figure] ?? null,
  };
};

/** The figures of some rows of costs, as the panel opens them. */
export const costOpenings = (
  rows: PeriodCost[],
  part: Part | 'total',
  scope: string,
  unit: string,
): Opening[] =>
  rows.flatMap((row) => [
    ...partOpenings([row], part, scope),
    ...(Object.keys(COSTS) as CostFigure[]).map((figure) => ({
      id: costId(row, part, figure),
      key: '',
      name: `${COSTS[figure].name}, ${partName(row, part)}`,
      figure: costFigure(row, figure, unit),
      scope,
    })),
  ]);

/** The bookings of some rows, as the panel opens them. */
export const partOpenings = (rows: Counted[], part: Part | 'total', scope: string): Opening[] =>
  rows.map((row) => ({
    id: partId(row, part),
    key: '',
    name: t`Bookings, ${partName(row, part)}`,
    figure: partFigure(row),
    scope,
  }));
