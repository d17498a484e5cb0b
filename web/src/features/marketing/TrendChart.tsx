import {
  Bar,
  CartesianGrid,
  Cell,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { count, percent, ratio } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { day, isMonday, shortDay } from '@/shared/time';
import type { TrendRow } from './rows';

/** Bookings a day with their averages. A bar opens the bookings of its day, as the table does. */
export default function TrendChart({
  rows,
  today,
  onOpen,
}: {
  rows: TrendRow[];
  today: string;
  onOpen: (row: TrendRow) => void;
}) {
  // An average with a day that is not over plunges every morning: the lines stop at yesterday.
  const drawn = rows.map((row) =>
    row.booking_date === today ? { ...row, bookings_7d_avg: null, bookings_28d_avg: null } : row,
  );
  return (
    <div className="h-52 w-full sm:h-72">
      <ResponsiveContainer
        width="100%"
        height="100%"
        initialDimension={{ width: 600, height: 288 }}
      >
        <ComposedChart data={drawn} margin={{ top: 8, right: 8, bottom: 0, left: 0 }}>
          <defs>
            <pattern id="not-over" width="5" height="5" patternUnits="userSpaceOnUse">
              <path d="M0 5 5 0" stroke="var(--trend-bar)" />
            </pattern>
          </defs>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="booking_date"
            tickFormatter={(text: string) => shortDay(text)}
            tick={{ fill: 'var(--ink-3)', fontSize: 12 }}
            stroke="var(--border)"
            tickLine={false}
            // The weeks: Mondays, as many as have room.
            ticks={rows.map((row) => row.booking_date).filter(isMonday)}
            interval="equidistantPreserveStart"
            minTickGap={24}
          />
          <YAxis
            allowDecimals={false}
            width={32}
            tickCount={5}
            tick={{ fill: 'var(--ink-3)', fontSize: 12 }}
            axisLine={false}
            tickLine={false}
          />
          <Tooltip
            cursor={{ fill: 'var(--sunken)' }}
            content={<Tip today={today} />}
            isAnimationActive={false}
          />
          <Bar
            dataKey="bookings"
            fill="var(--trend-bar)"
            isAnimationActive={false}
            maxBarSize={24}
            onClick={(bar: { payload?: TrendRow }) => {
              if (bar.payload) onOpen(bar.payload);
            }}
          >
            {rows.map((row) => (
              <Cell
                key={row.booking_date}
                {...(row.booking_date === today
                  ? { fill: 'url(#not-over)', stroke: 'var(--trend-bar)' }
                  : {})}
              />
            ))}
          </Bar>
          <Line
            dataKey="bookings_7d_avg"
            stroke="var(--trend-week)"
            strokeWidth={2}
            dot={false}
            isAnimationActive={false}
          />
          <Line
            dataKey="bookings_28d_avg"
            stroke="var(--trend-month)"
            strokeWidth={2}
            strokeDasharray="5 4"
            dot={false}
            isAnimationActive={false}
          />
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  );
}

function Tip({
  active,
  payload,
  today,
}: {
  active?: boolean;
  payload?: readonly { payload?: TrendRow }[];
  today: string;
}) {
  const row = payload?.[0]?.payload;
  if (!active || !row) return null;
  return (
    <div className="rounded-card border border-line bg-surface px-3 py-2 text-table text-ink shadow-(--shadow)">
      <p className="m-0 font-medium">
        {row.booking_date === today
          ? t`${day(row.booking_date)} (today, not over)`
          : day(row.booking_date)}
      </p>
      <p className="m-0">{t`${count(row.bookings)} bookings`}</p>
      {row.booking_date !== today && (
        <>
          <p className="m-0 text-ink-2">{t`7-day average ${ratio(row.bookings_7d_avg)}`}</p>
          <p className="m-0 text-ink-2">{t`28-day average ${ratio(row.bookings_28d_avg)}`}</p>
        </>
      )}
      <p className="m-0 text-ink-2">
        {row.wow_change_pct === null
          ? t('Week on week – (none a week before)')
          : t`Week on week ${percent(row.wow_change_pct)}`}
      </p>
    </div>
  );
}
