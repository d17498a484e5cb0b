import { count, ratio } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { Door } from '@/shared/numbers/Door';
import { NumberPanel } from '@/shared/numbers/NumberPanel';
import { cx } from '@/shared/ui/classes';
import { greatest, step } from '@/shared/ui/scale';
import { useWide } from '@/shared/ui/useNarrow';
import { partFigure } from './period';
import type { TimingRow } from './rows';
import {
  DAYS,
  dayWord,
  hourId,
  HOURS,
  hourWord,
  timingOpenings,
  whenWord,
  type Timing,
} from './timing';

type Measure = 'bookings' | 'attended' | 'no_show' | 'canceled' | 'avg_lead_hours';

const GROUND = [
  '',
  'bg-(--seq-1) text-(--on-seq-low)',
  'bg-(--seq-2) text-(--on-seq-low)',
  'bg-(--seq-3) text-(--on-seq-low)',
  'bg-(--seq-4) text-(--on-seq-high)',
  'bg-(--seq-5) text-(--on-seq-high)',
  'bg-(--seq-6) text-(--on-seq-high)',
];

interface Props {
  timing: Timing;
  measure: Measure;
  name: string;
  /** What the bookings are of: channel, time and zone. */
  scope: string;
}

/** Weekdays and hours: a table whose figures are also coloured, with the total of each day and of each hour. A figure opens
 * into its bookings. */
export function HeatMap({ timing, measure, name, scope }: Props) {
  // 25 columns need a wide window.
  const narrow = !useWide();
  const rows = [...timing.hours, ...timing.days, ...timing.times];
  const at = new Map(rows.map((row) => [hourId(row), row]));
  const max = greatest(timing.hours.map((row) => row[measure] ?? 0));
  const cell = (day: string | null, hour: number | null) => (
    <Cell
      key={`${day ?? ''} ${String(hour)}`}
      row={at.get(`hour.${day ?? ''}.${String(hour ?? '')}`)}
      measure={measure}
      max={day === null || hour === null ? null : max}
      name={name}
    />
  );
  // The last of either is the total.
  const [days, hours] = [
    [...DAYS, null],
    [...HOURS, null],
  ];
  return (
    <>
      <div className="overflow-x-auto">
        <table className="w-full table-fixed border-separate border-spacing-0.5 text-center text-meta ">
          <caption className="sr-only">{t`${name} by weekday and hour`}</caption>
          <thead>
            <tr>
              <td className="w-14 sm:w-24" />
              {(narrow ? days.map(short) : hours.map(narrowHour)).map((word) => (
                <th key={word} scope="col" className="px-0.5 py-1 font-medium text-ink-3">
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {narrow
              ? hours.map((hour) => (
                  <Row key={hour} word={hour === null ? t('All') : hourWord(hour)}>
                    {days.map((day) => cell(day, hour))}
                  </Row>
                ))
              : days.map((day) => (
                  <Row key={day} word={day === null ? t('All') : dayWord(day)}>
                    {hours.map((hour) => cell(day, hour))}
                  </Row>
                ))}
          </tbody>
        </table>
      </div>
      {timing.unknown && (
        <p className="mt-3 mb-0 text-meta text-ink-3">
          {t`Not in it: ${count(timing.unknown.bookings)} bookings of invitees whose zone nobody knows.`}
        </p>
      )}
      <NumberPanel openings={timingOpenings(timing, scope)} />
    </>
  );
}

const short = (day: string | null): string => (day === null ? t('All') : dayWord(day).slice(0, 2));
const narrowHour = (hour: number | null): string => (hour === null ? t('All') : String(hour));

function Row({ word, children }: { word: string; children: React.ReactNode }) {
  return (
    <tr>
      <th scope="row" className="pe-2 text-end font-medium whitespace-nowrap text-ink-3">
        {word}
      </th>
      {children}
    </tr>
  );
}

function Cell({
  row,
  measure,
  max,
  name,
}: {
  row: TimingRow | undefined;
  measure: Measure;
  /** The greatest of all cells; a total has no colour. */
  max: number | null;
  name: string;
}) {
  const value = row?.[measure] ?? 0;
  if (!row || value === 0)
    return <td className={cx('h-8 rounded-xs', max !== null && 'bg-sunken')} />;
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
          max === null ? 'font-semibold' : GROUND[step(value, max)],
        )}
      >
        {shown}
      </Door>
    </td>
  );
}
