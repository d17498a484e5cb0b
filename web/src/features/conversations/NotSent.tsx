import { Link } from 'react-router';
import { count } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { REASONS, reasonWord } from '@/shared/texts/reasons';
import { Bars } from '@/shared/ui/Bars';
import { Card, Empty } from '@/shared/ui/Card';

/** It was too late for the text when Bookpath learned of the booking: an import has as many of them as it has calls. */
const TOO_LATE = ['appointment_started', 'skipped_stale_backfill'];

/** Why texts were not sent, the most frequent reason first; those of an import stand apart and have no bar. */
export function NotSent({ suppressed }: { suppressed: Record<string, number> }) {
  const reasons = Object.entries(suppressed)
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a);
  const [late, others] = [true, false].map((is) =>
    reasons.filter(([reason]) => TOO_LATE.includes(reason) === is),
  );
  return (
    <Card title={t('Why were texts not sent?')}>
      {reasons.length === 0 && <Empty>{t('Every text that was due went out.')}</Empty>}
      <div className="flex flex-col gap-4">
        {others && others.length > 0 && (
          <Bars
            bars={others.map(([reason, value]) => ({
              key: reason,
              name: <Reason reason={reason} />,
              value,
              shown: count(value),
              colour: 'var(--chart-2)',
            }))}
          />
        )}
        {late && late.length > 0 && (
          <section aria-label={t('Too late to text')}>
            <h3 className="m-0 text-table font-medium text-ink-2">{t('Too late to text')}</h3>
            <p className="m-0 mb-2 text-meta text-ink-3">
              {t(
                'Bookpath learned of these bookings too late. They have no bar: an import has as many of them as it has calls.',
              )}
            </p>
            <ul className="m-0 flex list-none flex-col gap-2 p-0 text-table">
              {late.map(([reason, value]) => (
                <li key={reason} className="flex items-center justify-between gap-3">
                  <Reason reason={reason} />
                  <span>{count(value)}</span>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Card>
  );
}

/** Leads to the threads with such a text. */
const Reason = ({ reason }: { reason: string }) => (
  <Link
    to={`/app/conversations?show=not_sent&reason=${reason}`}
    title={REASONS[reason]}
    className="inline-flex min-h-6 items-center text-brand focus-visible:outline-offset-[-2px]"
  >
    {reasonWord(reason)}
  </Link>
);
