import { queryOptions } from '@tanstack/react-query';
import type { Schema } from './client';
import { get } from './get';

export type Unit = 'count' | 'percent' | 'money' | 'ratio';

/** The address of the rows behind one part of a figure. */
export type DrillPart = Schema['Opening'];
export type Drill = Schema['Drill'];

/** A figure as the server answers it; one that a page names itself may have no rows. */
export type FigureView = Omit<Schema['KeyFigure'], 'unit' | 'drill'> & {
  unit: Unit;
  drill?: Drill | null;
};
export type Figures = Record<string, FigureView>;

export type UserFigures = Omit<Schema['PersonFigures'], 'metrics'> & { metrics: Figures };

export type Metrics = Omit<Schema['Metrics'], 'metrics' | 'per_user'> & {
  metrics: Figures;
  per_user: UserFigures[];
};

/** Whose figures of when. */
export interface MetricsQuery {
  /** `YYYY-MM` or `all`. */
  month: string;
  user?: string | null;
  mode?: string | null;
  campaign?: string | null;
  compare?: string | null;
  as_of?: string | null;
  known_at?: string | null;
}

/** The key figures of a month. */
export const metrics = (query: MetricsQuery) =>
  queryOptions({
    queryKey: ['metrics', query],
    queryFn: () => get<Metrics>('/api/metrics', { ...query }),
    placeholderData: (before: Metrics | undefined) => before,
  });

export interface SeriesMonth {
  month: string;
  metrics: Figures;
}

export interface SeriesQuery {
  /** Names of key figures, separated by commas. */
  keys: string;
  /** First and last month. */
  from: string;
  to: string;
  user?: string | null;
  mode?: string | null;
  campaign?: string | null;
  as_of?: string | null;
  known_at?: string | null;
}

/** Some figures month by month, in order. */
export const series = (query: SeriesQuery) =>
  queryOptions({
    queryKey: ['metrics-series', query],
    queryFn: async () => {
      const found = await get<{ items: SeriesMonth[] }>('/api/metrics/series', { ...query });
      return found.items;
    },
  });

/** A row of facts, judged for one figure. */
export type FactRow = Schema['Item'];
export type FactRows = Schema['Rows'];

/** A page of the rows behind a part of a figure. */
export const factRows = (href: string, cursor?: string): Promise<FactRows> =>
  get<FactRows>(href, { limit: 100, cursor });

/** What a channel or campaign got of the deals of a period under one model. */
export type Credit = Schema['Credited'];
export type Attribution = Pick<Schema['Attribution'], 'rows' | 'totals' | 'currency'>;

export interface AttributionQuery {
  from: string;
  to: string;
  by: 'channel' | 'campaign';
  /** One model; without it all of them. */
  model?: string | null;
  window_days?: number | null;
  exclude_direct?: boolean | null;
  as_of?: string | null;
  known_at?: string | null;
}

/** Every model side by side. */
export const attribution = (query: AttributionQuery) =>
  queryOptions({
    queryKey: ['attribution', query],
    queryFn: () => get<Attribution>('/api/attribution', { ...query }),
    placeholderData: (before: Attribution | undefined) => before,
  });
