import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api, unwrap } from '@/shared/api/client';
import type { Page as ListPage } from '@/shared/api/useList';
import { count, ratio } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { day } from '@/shared/time';
import { Card, Empty } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';
import { Spark, type SparkRow } from './Spark';

/** The last days of the trend, with its newest figures. */
export function Trend() {
  const query = useQuery({
    queryKey: ['marketing', 'bookings_trend', 'last'],
    queryFn: async () => {
      const found = await unwrap(
        api.GET('/api/marketing/{table}', {
          params: { path: { table: 'bookings_trend' }, query: { limit: 1000 } },
        }),
      );
      return (found as unknown as ListPage<SparkRow>).items;
    },
  });
  return (
    <Card
      title={t('Are bookings growing?')}
      actions={
        <Link
          className="inline-flex min-h-6 items-center text-table text-brand"
          to="/app/marketing"
        >
          {t('Marketing')}
        </Link>
      }
    >
      <Tile query={query} what={t('the trend')}>
        {(rows) => {
          const last = rows.at(-1);
          if (!last) return <Empty>{t('No bookings yet. Set up Calendly’s webhook first.')}</Empty>;
          return (
            <div className="flex flex-col gap-3">
              <Spark rows={rows.slice(-60)} />
              <p className="m-0 text-ink-2">{t`${day(last.booking_date)}: ${count(last.bookings)} bookings, ${ratio(last.bookings_7d_avg)} a day over 7 days, ${ratio(last.bookings_28d_avg)} over 28.`}</p>
            </div>
          );
        }}
      </Tile>
    </Card>
  );
}
