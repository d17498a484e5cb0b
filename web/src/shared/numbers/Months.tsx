import { useQuery } from '@tanstack/react-query';
import { series, type SeriesMonth } from '@/shared/api/numbers';
import { t } from '@/shared/i18n/t';
import { month as monthWord } from '@/shared/time';
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

/** A line of a figure's values over months, without words: what it says stands beside it. */
export function Line({ months, figureKey }: { months: SeriesMonth[]; figureKey: string }) {
  const values = months.map((one) => one.metrics[figureKey]?.value ?? 0);
  return (
    <svg viewBox="0 0 300 60" preserveAspectRatio="none" className="h-10 w-full" aria-hidden>
      <path d="M0 59.5H300" stroke="var(--line)" vectorEffect="non-scaling-stroke" />
      <polyline
        points={points(values, 300, 60)}
        fill="none"
        stroke="var(--chart-1)"
        strokeWidth="2"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
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
