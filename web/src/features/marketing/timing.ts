import { queryOptions } from '@tanstack/react-query';
import { t } from '@/shared/i18n/t';
import type { Opening } from '@/shared/numbers/Door';
import { partFigure } from './period';
import { page, type Range, type TimingRow } from './rows';

/** As the API names them, in the order of the week. */
export const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const DAY_WORDS: Record<string, string> = {
  Monday: t('Monday'),
  Tuesday: t('Tuesday'),
  Wednesday: t('Wednesday'),
  Thursday: t('Thursday'),
  Friday: t('Friday'),
  Saturday: t('Saturday'),
  Sunday: t('Sunday'),
};
export const dayWord = (day: string): string => DAY_WORDS[day] ?? day;
export const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
export const hourWord = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

/** The hours of the week with the totals of each weekday and of each hour, all as the server counts them. */
export interface Timing {
  hours: TimingRow[];
  days: TimingRow[];
  times: TimingRow[];
  /** Bookings of invitees whose own clock nobody knows. */
  unknown: TimingRow | undefined;
}

const isKnown = (row: TimingRow): boolean =>
  row.booking_day_of_week !== null && row.booking_hour !== null;

/** When people book, within a range. */
export const timing = (range: Range) =>
  queryOptions({
    queryKey: ['marketing', 'booking_time_analysis', 'timing', range],
    queryFn: async (): Promise<Timing> => {
      const by = async (group: string) =>
        (await page('booking_time_analysis', { ...range, group })).items;
      const [hours, days, times] = await Promise.all([
        by('hour'),
        by('weekday'),
        by('hour_of_day'),
      ]);
      return {
        hours: hours.filter(isKnown),
        days: days.filter(isKnown),
        times: times.filter(isKnown),
        unknown: days.find((row) => !isKnown(row)),
      };
    },
    placeholderData: (before: Timing | undefined) => before,
  });

/** The id of the bookings of an hour, of a weekday or of an hour of all days in the address. */
export const hourId = (row: TimingRow): string =>
  `hour.${row.booking_day_of_week ?? ''}.${String(row.booking_hour ?? '')}`;

/** Weekday and hour in words, where the row is of one. */
export const whenWord = ({ booking_day_of_week: day, booking_hour: hour }: TimingRow): string =>
  [day && dayWord(day), typeof hour === 'number' && hourWord(hour)].filter(Boolean).join(' ');

/** What the panel opens. */
export const timingOpenings = ({ hours, days, times }: Timing, scope: string): Opening[] =>
  [...hours, ...days, ...times].map((row) => ({
    id: hourId(row),
    key: '',
    name: t`Bookings, ${whenWord(row)}`,
    figure: partFigure(row),
    scope,
  }));
