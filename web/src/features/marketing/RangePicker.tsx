import { parseAsStringLiteral, useQueryStates } from 'nuqs';
import { parseAsDay, parseAsMonth } from '@/shared/address';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { day, daysOf, isDay, shiftDay, startMonth, today, zoneName } from '@/shared/time';
import { DayFilter } from '@/shared/ui/Fields';
import { MonthPicker } from '@/shared/ui/MonthPicker';
import { useKnown, type Range } from './rows';

const SPANS = ['month', '90d', 'days', 'all'] as const;

const LAST_DAYS = 89;

/** The chosen days in their order. */
const chosenDays = (from: string | null, to: string | null, now: string) => {
  const last = to ?? now;
  const first = from ?? shiftDay(last, -LAST_DAYS);
  return first <= last ? { from: first, to: last } : { from: last, to: first };
};

/** Which days the page shows: they stand in the address. */
export function useRange() {
  const { zone } = useFrame();
  const now = today(zone);
  const [state, set] = useQueryStates(
    {
      month: parseAsMonth().withDefault(startMonth(now)),
      span: parseAsStringLiteral(SPANS).withDefault('90d'),
      from: parseAsDay,
      to: parseAsDay,
    },
    { history: 'push' },
  );
  const known = useKnown();
  const days: Range =
    state.span === 'month'
      ? daysOf(state.month)
      : state.span === '90d'
        ? { from: shiftDay(now, -LAST_DAYS), to: now }
        : state.span === 'days'
          ? chosenDays(state.from, state.to, now)
          : {};
  const range: Range = { ...days, ...known };
  return { ...state, range, now, set };
}

/** The days that the page shows, in words. */
export const scopeOf = ({ range }: { range: Range }, zone: string): string =>
  range.from && range.to
    ? t`${day(range.from)} to ${day(range.to)}, ${zoneName(zone)} time`
    : t`All time, ${zoneName(zone)} time`;

export function RangePicker({ state }: { state: ReturnType<typeof useRange> }) {
  const { span, month: shown, range, set, now } = state;
  return (
    <>
      <select
        aria-label={t('Days')}
        className="control font-medium"
        value={span}
        onChange={(event) => void set({ span: event.target.value as (typeof SPANS)[number] })}
      >
        <option value="90d">{t('Last 90 days')}</option>
        <option value="month">{t('One month')}</option>
        <option value="days">{t('From day to day')}</option>
        <option value="all">{t('All time')}</option>
      </select>
      {span === 'month' && (
        <MonthPicker
          month={shown}
          last={now.slice(0, 7)}
          onChange={(month) => void set({ month })}
        />
      )}
      {span === 'days' && (
        <>
          <DayFilter
            label={t('From')}
            value={range.from ?? ''}
            max={range.to ?? now}
            required
            onChange={(from) => {
              // A field that is being typed in is no day yet.
              if (from && isDay(from)) void set({ from, to: range.to ?? now });
            }}
          />
          <DayFilter
            label={t('To')}
            value={range.to ?? ''}
            max={now}
            required
            onChange={(to) => {
              if (to && isDay(to)) void set({ from: range.from ?? null, to });
            }}
          />
        </>
      )}
    </>
  );
}
