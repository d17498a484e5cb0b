import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { api, unwrap } from '@/shared/api/client';
import { candidates } from '@/shared/api/people';
import { sentence } from '@/shared/format/words';
import { many, t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Card, Empty } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';

/** What waits for an admin, newest alarm first; each line leads to its place. */
export function NeedsYou() {
  const ops = useQuery({ queryKey: ['ops'], queryFn: () => unwrap(api.GET('/api/ops')) });
  const stuck = useQuery({
    queryKey: ['bookings', 'stuck', 'few'],
    queryFn: () =>
      unwrap(api.GET('/api/bookings', { params: { query: { stuck: true, limit: 5 } } })),
  });
  const failed = useQuery({
    queryKey: ['inbox', 'failed', 'few'],
    queryFn: () =>
      unwrap(api.GET('/api/inbox', { params: { query: { status: 'failed', limit: 5 } } })),
  });
  const pairs = useQuery({ queryKey: ['candidates', 'few'], queryFn: () => candidates() });
  return (
    <Card title={t('Needs you')}>
      <Tile query={ops} what={t('the alarms')}>
        {({ alarms }) => {
          const bookings = stuck.data?.items ?? [];
          const deliveries = failed.data?.items ?? [];
          const doubtful = pairs.data?.items ?? [];
          if (alarms.length + bookings.length + deliveries.length + doubtful.length === 0)
            return <Empty>{t('Nothing waits for you ✓')}</Empty>;
          return (
            <ul className="m-0 flex list-none flex-col gap-3 p-0">
              {alarms.slice(0, 5).map((alarm) => (
                <Need
                  key={`${alarm.code}${alarm.subject}`}
                  to="/app/ops"
                  tone="bad"
                  word={sentence(alarm.code)}
                  at={alarm.raised_at}
                >
                  {alarm.detail}
                </Need>
              ))}
              {bookings.map((booking) => (
                <Need
                  key={booking.booking_id}
                  to={`/app/bookings/${booking.booking_id}`}
                  tone="warn"
                  word={sentence(booking.state)}
                  at={booking.state_since}
                >{t`${booking.name ?? t('A booking')} is stuck`}</Need>
              ))}
              {deliveries.map((item) => (
                <Need
                  key={item.delivery_id}
                  to={`/app/inbox?status=failed&open=${item.delivery_id}`}
                  tone="bad"
                  word={t('Failed delivery')}
                  at={item.received_at}
                >
                  {sentence(item.vendor)} {item.kind ?? ''}
                </Need>
              ))}
              {doubtful.length > 0 && (
                <Need to="/app/contacts/review" tone="warn" word={t('Review')}>
                  {many(
                    doubtful.length,
                    t('Two contacts that may be one person'),
                    t('Pairs of contacts that may be one person'),
                  )}
                </Need>
              )}
            </ul>
          );
        }}
      </Tile>
    </Card>
  );
}

function Need({
  to,
  tone,
  word,
  at,
  children,
}: {
  to: string;
  tone: 'bad' | 'warn';
  word: string;
  at?: string;
  children: ReactNode;
}) {
  return (
    <li>
      <Link
        to={to}
        className="-mx-2 grid grid-cols-[1fr_auto] items-center gap-x-3 gap-y-1 rounded-control px-2 py-1.5 text-ink no-underline hover:bg-sunken sm:grid-cols-[9rem_minmax(0,1fr)_auto]"
      >
        <span className="justify-self-start">
          <Badge tone={tone}>{word}</Badge>
        </span>
        <span className="min-w-0 wrap-anywhere max-sm:order-last max-sm:col-span-2">
          {children}
        </span>
        {at && (
          <span className="text-table text-ink-3">
            <Time at={at} />
          </span>
        )}
      </Link>
    </li>
  );
}
