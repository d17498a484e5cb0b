import { Link } from 'react-router';
import { count, ratio } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { cx } from '@/shared/ui/classes';
import { greatest, step } from '@/shared/ui/scale';
import { useNarrow } from '@/shared/ui/useNarrow';
import type { TimingRow } from './rows';

type Measure = 'bookings' | 'attended' | 'no_show' | 'canceled' | 'avg_lead_hours';

const DAYS = [
  t('Monday'),
  t('Tuesday'),
  t('Wednesday'),
  t('Thursday'),
  t('Friday'),
  t('Saturday'),
  t('Sunday'),
];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const GROUND = [
  '',
  'bg-(--seq-1) text-(--on-seq-low)',
  'bg-(--seq-2) text-(--on-seq-low)',
  'bg-(--seq-3) text-(--on-seq-low)',
  'bg-(--seq-4) text-(--on-seq-high)',
  'bg-(--seq-5) text-(--on-seq-high)',
  'bg-(--seq-6) text-(--on-seq-high)',
];

const hourWord = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

/** Weekdays and hours: a table whose figures are also coloured. A figure leads to the bookings behind it. */
export function HeatMap({
  rows,
  measure,
  name,
}: {
  rows: TimingRow[];
  measure: Measure;
  name: string;
}) {
  const narrow = useNarrow();
  const at = new Map(
    rows.map((row) => [`${row.booking_day_of_week} ${String(row.booking_hour)}`, row]),
  );
  const max = greatest(rows.map((row) => row[measure] ?? 0));
  const cell = (day: string, hour: number) => (
    <Cell
      key={`${day}${String(hour)}`}
      row={at.get(`${day} ${String(hour)}`)}
      measure={measure}
      max={max}
      name={name}
      day={day}
    />
  );
  const outer = narrow ? HOURS : DAYS;
  const head = narrow ? DAYS.map((day) => day.slice(0, 2)) : HOURS.map((hour) => String(hour));
  return (
    <div className="overflow-x-auto">
      <table className="w-full table-fixed border-separate border-spacing-0.5 text-center text-meta max-xl:sm:min-w-[900px]">
        <caption className="sr-only">{t`${name} by weekday and hour`}</caption>
        <thead>
          <tr>
            <td className="w-14 sm:w-24" />
            {head.map((word) => (
              <th key={word} scope="col" className="px-0.5 py-1 font-medium text-ink-3">
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {outer.map((key) => (
            <tr key={key}>
              <th scope="row" className="pe-2 text-end font-medium whitespace-nowrap text-ink-3">
                {typeof key === 'number' ? hourWord(key) : key}
              </th>
              {typeof key === 'number'
                ? DAYS.map((day) => cell(day, key))
                : HOURS.map((hour) => cell(key, hour))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({
  row,
  measure,
  max,
  name,
  day,
}: {
  row: TimingRow | undefined;
  measure: Measure;
  max: number;
  name: string;
  day: string;
}) {
  const value = row?.[measure] ?? 0;
  if (!row || value === 0) return <td className="h-8 rounded-xs bg-sunken" />;
  const shown = measure === 'avg_lead_hours' ? ratio(value) : count(value);
  const pairs = [
    `booking_day_of_week=${row.booking_day_of_week}`,
    `booking_hour=${String(row.booking_hour)}`,
    `marketing_channel=${row.marketing_channel}`,
  ];
  const query = pairs.map((pair) => `key=${encodeURIComponent(pair)}`).join('&');
  return (
    <td className="h-8 p-0">
      <Link
        to={`/app/lineage/booking_time_analysis?${query}`}
        title={`${day} ${hourWord(row.booking_hour)}: ${shown} ${name.toLowerCase()}`}
        className={cx(
          'flex h-8 min-w-6 items-center justify-center rounded-xs no-underline',
          GROUND[step(value, max)],
        )}
      >
        {shown}
      </Link>
    </td>
  );
}
