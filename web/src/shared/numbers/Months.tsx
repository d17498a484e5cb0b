import { useQuery } from '@tanstack/react-query';
import { series, type SeriesMonth } from '@/shared/api/numbers';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { month as monthWord, shortMonth, today } from '@/shared/time';
import { points } from '@/shared/ui/spark';
import { Tile } from '@/shared/ui/Tile';
import { valueText } from './text';

/** Which months, and whose. */
export interface MonthsQuery {
  from: string;
  to: string;
  user?: string | null;
  mode?: string | null;
  campaign?: string | null;
  as_of?: string | null;
  known_at?: string | null;
}

/** A line of a figure's values over months, with the first and the last of them: what it says stands beside it. */
export function Line({ months, figureKey }: { months: SeriesMonth[]; figureKey: string }) {
  const { zone } = useFrame();
  const value = (one: SeriesMonth) => one.metrics[figureKey]?.value ?? 0;
  // Before the first month with a figure there was no business: a line at 0 would tell of one.
  const first = months.findIndex((one) => value(one) !== 0);
  const told = months.slice(Math.max(0, first));
  const line = points(told.map(value), 300, 60).split(' ');
  const end = line.at(-1)?.replace(',', ' ');
  // The way to a month that is not over is dotted: where it ends says little yet.
  const isOver = (told.at(-1)?.month ?? '') < today(zone).slice(0, 7);
  const drawn = {
    fill: 'none',
    stroke: 'var(--chart-1)',
    strokeWidth: 2,
    strokeLinejoin: 'round',
  } as const;
  return (
    <span className="block w-full" aria-hidden>
      <svg viewBox="0 0 300 60" preserveAspectRatio="none" className="h-10 w-full overflow-visible">
        <path d="M0 59.5H300" stroke="var(--line)" vectorEffect="non-scaling-stroke" />
        <polyline
          points={(isOver ? line : line.slice(0, -1)).join(' ')}
          {...drawn}
          vectorEffect="non-scaling-stroke"
        />
        {!isOver && (
          <polyline
            points={line.slice(-2).join(' ')}
            {...drawn}
            strokeDasharray="2 3"
            vectorEffect="non-scaling-stroke"
          />
        )}
        {/* A line of no length with round ends is a dot, also where the picture is stretched. */}
        {end && (
          <path
            d={`M${end}h0.01`}
            stroke="var(--chart-1)"
            strokeWidth="7"
            strokeLinecap="round"
            vectorEffect="non-scaling-stroke"
          />
        )}
      </svg>
      <span className="mt-1 flex justify-between text-meta font-normal text-ink-3">
        <span>{shortMonth(told[0]?.month ?? '')}</span>
        <span>{shortMonth(told.at(-1)?.month ?? '')}</span>
      </span>
    </span>
  );
}

/** A figure month by month. */
export function Months({
  figureKey,
  query,
  currency,
}: {
  figureKey: string;
  query: MonthsQuery;
  currency: string;
}) {
  const found = useQuery(series({ ...query, keys: figureKey }));
  return (
    <section aria-label={t('Month by month')}>
      <p className="m-0 text-table text-ink-3">{t`${monthWord(query.from)} to ${monthWord(query.to)}`}</p>
      <Tile query={found} what={t('the months')} height="h-16">
        {(months) => (
          <>
            <Line months={months} figureKey={figureKey} />
            <details>
              <summary className="min-h-6 text-ink-2">{t('Show as table')}</summary>
              <dl className="m-0 mt-1 grid grid-cols-2 gap-x-4 text-table">
                {months.map((one) => {
                  const figure = one.metrics[figureKey];
                  return (
                    <div key={one.month} className="contents">
                      <dt className="text-ink-3">{monthWord(one.month)}</dt>
                      <dd className="m-0 text-end">{figure ? valueText(figure, currency) : '–'}</dd>
                    </div>
                  );
                })}
              </dl>
            </details>
          </>
        )}
      </Tile>
    </section>
  );
}
