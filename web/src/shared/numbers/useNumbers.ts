import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { attribution, metrics, type MetricsQuery } from '@/shared/api/numbers';
import { parseAsMonth } from '@/shared/address';
import { useFrame, usePast } from '@/shared/frame';
import { daysOf, dayIn, shiftMonth, startMonth, today } from '@/shared/time';
import type { MonthsQuery } from './Months';
import { tokenOf } from './people';

export const MODES = ['period', 'cohort'] as const;
const COMPARE = ['on', 'off'] as const;
export const ALL_TIME = 'all';

/** Months of the campaigns that can be chosen. */
const CAMPAIGN_MONTHS = 12;

/** Whose figures of when the page shows: all of it stands in the address. */
export function useNumbers() {
  const { zone, at, role } = useFrame();
  const past = usePast();
  const day = at ? dayIn(at, zone) : today(zone);
  const now = day.slice(0, 7);
  const [state, set] = useQueryStates(
    {
      // Who looks at a past instant means its month.
      month: parseAsMonth(ALL_TIME).withDefault(at ? now : startMonth(day)),
      user: parseAsString,
      mode: parseAsStringLiteral(MODES).withDefault('period'),
      campaign: parseAsString,
      compare: parseAsStringLiteral(COMPARE).withDefault('on'),
    },
    { history: 'push' },
  );
  const [choosing, choose] = useState(false);
  const everybody = useQuery({
    ...metrics({ month: ALL_TIME, ...past }),
    enabled: role !== 'sales' && (choosing || state.user !== null),
  });
  const everyone = everybody.data?.per_user ?? [];
  const person = everyone.find((one) => state.user !== null && tokenOf(one) === state.user);
  const filters = {
    mode: state.mode === 'cohort' ? 'cohort' : null,
    campaign: state.campaign,
    user: state.user,
    ...past,
  };
  const wanted: MetricsQuery = {
    ...filters,
    month: state.month,
    compare: state.month !== ALL_TIME && state.compare === 'on' ? 'previous_to_date' : null,
  };
  const query = useQuery(metrics(wanted));
  const people = everybody.data ? everyone : (query.data?.per_user ?? []);
  return { ...state, set, day, now, people, person, filters, query, choose };
}

export type Numbers = ReturnType<typeof useNumbers>;

/** The campaigns that brought bookings in the last months. */
export const useCampaigns = (now: string, on: boolean): string[] => {
  const past = usePast();
  const { to } = daysOf(now);
  const { from } = daysOf(shiftMonth(now, 1 - CAMPAIGN_MONTHS));
  const found = useQuery({
    ...attribution({ from, to, by: 'campaign', model: 'booking', ...past }),
    enabled: on,
  });
  const names = (found.data?.rows ?? []).flatMap((row) => (row.campaign ? [row.campaign] : []));
  return [...new Set(names)].sort();
};

const MONTHS = 12;

/** The twelve months up to the shown one, of the same people and campaign. */
export const monthsOf = (numbers: Numbers): MonthsQuery => {
  const to = numbers.month === ALL_TIME ? numbers.now : numbers.month;
  return { ...numbers.filters, from: shiftMonth(to, 1 - MONTHS), to };
};

/** Shares of calls: as long as calls of the month lie ahead, they can only grow. */
const OF_CALLS = [
  'triage_show_rate',
  'triage_to_solution_rate',
  'solution_show_rate',
  'solution_per_triage_attended',
  'close_rate',
  'lead_to_close_rate',
];

/** Which figures of the shown month are shares whose calls may still lie ahead. */
export const isAhead = ({ month, now }: Pick<Numbers, 'month' | 'now'>, key: string): boolean =>
  month !== ALL_TIME && month >= now && OF_CALLS.includes(key);
