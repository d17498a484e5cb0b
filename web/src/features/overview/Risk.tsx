import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { customers } from '@/shared/api/people';
import { alertWord } from '@/shared/format/alerts';
import { usePast } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { useCarried } from '@/shared/moment';
import { Badge } from '@/shared/ui/Badge';
import { Card, Empty } from '@/shared/ui/Card';
import { buttonClass } from '@/shared/ui/classes';
import { Tile } from '@/shared/ui/Tile';

/** Shown of them. */
const SHOWN = 8;

/** Customers with an alert, the least healthy first. */
export function Risk() {
  const past = usePast();
  const to = useCarried();
  const query = useQuery({
    queryKey: ['customers', 'risk', past],
    queryFn: () => customers({ alert: 'any', sort: 'health_score', limit: SHOWN, ...past }),
  });
  return (
    <Card
      title={t('Customers with an alert')}
      actions={
        <Link
          className="inline-flex min-h-6 items-center text-table text-brand"
          to={to('/app/customers')}
        >
          {t('Customers')}
        </Link>
      }
    >
      <Tile query={query} what={t('the customers')}>
        {({ items: rows }) =>
          rows.length === 0 ? (
            <Empty
              action={
                <Link className={buttonClass()} to={to('/app/customers')}>
                  {t('All customers')}
                </Link>
              }
            >
              {t('No customer has an alert ✓')}
            </Empty>
          ) : (
            <ul className="m-0 flex list-none flex-col gap-1 p-0">
              {rows.map((row) => (
                <li key={row.contact_id}>
                  <Link
                    to={to(`/app/contacts/${row.contact_id}`)}
                    className="-mx-2 flex flex-wrap items-center justify-between gap-x-3 gap-y-1 rounded-control px-2 py-1.5 text-ink no-underline hover:bg-sunken"
                  >
                    <span>{row.name ?? row.email ?? t('A customer')}</span>
                    <span className="flex flex-wrap gap-1">
                      {row.alerts.map((alert) => (
                        <Badge key={alert} tone="warn">
                          {alertWord(alert)}
                        </Badge>
                      ))}
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Tile>
    </Card>
  );
}
