import { ChevronLeft, ChevronRight } from 'lucide-react';
import { parseAsStringLiteral, useQueryStates } from 'nuqs';
import { parseAsDay, parseAsMonth } from '@/shared/address';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { day, daysOf, isDay, month, shiftDay, shiftMonth, today, zoneName } from '@/shared/time';
import { IconButton } from '@/shared/ui/Button';
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
      month: parseAsMonth().withDefault(now.slice(0, 7)),
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
    <div className="flex flex-wrap items-center gap-2">
      {span === 'month' && (
        <span className="inline-flex items-center rounded-control border border-border bg-surface">
          <IconButton
            label={t('Month before')}
            onClick={() => void set({ month: shiftMonth(shown, -1) })}
          >
            <ChevronLeft size={16} aria-hidden />
          </IconButton>
          <span className="min-w-28 text-center font-medium">{month(shown)}</span>
          <IconButton
            label={t('Month after')}
            onClick={() => void set({ month: shiftMonth(shown, 1) })}
            disabled={shown >= now.slice(0, 7)}
          >
            <ChevronRight size={16} aria-hidden />
          </IconButton>
        </span>
      )}
      {span === 'days' && (
        <>
          <Day
            label={t('From')}
            value={range.from ?? ''}
            max={range.to ?? now}
            onChange={(from) => void set({ from, to: range.to ?? now })}
          />
          <Day
            label={t('To')}
            value={range.to ?? ''}
            max={now}
            onChange={(to) => void set({ from: range.from ?? null, to })}
          />
        </>
      )}
      <select
        aria-label={t('Days')}
        className="control"
        value={span}
        onChange={(event) => void set({ span: event.target.value as (typeof SPANS)[number] })}
      >
        <option value="90d">{t('Last 90 days')}</option>
        <option value="month">{t('One month')}</option>
        <option value="days">{t('From day to day')}</option>
        <option value="all">{t('All time')}</option>
      </select>
    </div>
  );
}

/** One end of the days; a field that is being typed in is no day yet. */
function Day({
  label,
  value,
  max,
  onChange,
}: {
  label: string;
  value: string;
  max: string;
  onChange: (day: string) => void;
}) {
  return (
    <label className="inline-flex items-center gap-2 text-table text-ink-3">
      {label}
      <input
        type="date"
        required
        className="control"
        value={value}
        max={max}
        onChange={(event) => {
          if (isDay(event.target.value)) onChange(event.target.value);
        }}
      />
    </label>
  );
}
