import { count, ratio } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { Door, type Opening } from '@/shared/numbers/Door';
import { NumberPanel } from '@/shared/numbers/NumberPanel';
import { cx } from '@/shared/ui/classes';
import { greatest, step } from '@/shared/ui/scale';
import { useNarrow } from '@/shared/ui/useNarrow';
import { partFigure } from './period';
import type { TimingRow } from './rows';

type Measure = 'bookings' | 'attended' | 'no_show' | 'canceled' | 'avg_lead_hours';

/** As the API names them, in the order of the week. */
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const DAY_WORDS: Record<string, string> = {
  Monday: t('Monday'),
  Tuesday: t('Tuesday'),
  Wednesday: t('Wednesday'),
  Thursday: t('Thursday'),
  Friday: t('Friday'),
  Saturday: t('Saturday'),
  Sunday: t('Sunday'),
};
const dayWord = (day: string): string => DAY_WORDS[day] ?? day;
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

/** The id of an hour's bookings in the address. */
const hourId = (row: TimingRow): string =>
  `hour.${row.booking_day_of_week}.${String(row.booking_hour)}`;

const whenWord = (row: TimingRow): string =>
  `${dayWord(row.booking_day_of_week)} ${hourWord(row.booking_hour)}`;

/** Weekdays and hours: a table whose figures are also coloured. A figure opens into the bookings of its hour. */
export function HeatMap({
  rows,
  measure,
  name,
  scope,
}: {
  rows: TimingRow[];
  measure: Measure;
  name: string;
  /** What the bookings are of: channel, time and zone. */
  scope: string;
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
    />
  );
  const outer = narrow ? HOURS : DAYS;
  const head = narrow
    ? DAYS.map((day) => dayWord(day).slice(0, 2))
    : HOURS.map((hour) => String(hour));
  return (
    <>
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
                  {typeof key === 'number' ? hourWord(key) : dayWord(key)}
                </th>
                {typeof key === 'number'
                  ? DAYS.map((day) => cell(day, key))
                  : HOURS.map((hour) => cell(key, hour))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <NumberPanel openings={rows.map((row) => opening(row, scope))} />
    </>
  );
}

const opening = (row: TimingRow, scope: string): Opening => ({
  id: hourId(row),
  key: '',
  name: t`Bookings, ${whenWord(row)}`,
  figure: partFigure(row),
  scope,
});

function Cell({
  row,
  measure,
  max,
  name,
}: {
  row: TimingRow | undefined;
  measure: Measure;
  max: number;
  name: string;
}) {
  const value = row?.[measure] ?? 0;
  if (!row || value === 0) return <td className="h-8 rounded-xs bg-sunken" />;
  const shown = measure === 'avg_lead_hours' ? ratio(value) : count(value);
  const bookings = t`Bookings, ${whenWord(row)}`;
  return (
    <td className="h-8 p-0">
      <Door
        id={hourId(row)}
        figure={partFigure(row)}
        label={measure === 'bookings' ? bookings : `${name} ${shown}. ${bookings}`}
        className={cx(
          'flex h-8 w-full min-w-6 items-center justify-center hover:underline',
          GROUND[step(value, max)],
        )}
      >
        {shown}
      </Door>
    </td>
  );
}
