import { useQuery } from '@tanstack/react-query';
import { Video } from 'lucide-react';
import type { ReactNode } from 'react';
import { useParams } from 'react-router';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { money, NONE } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { zoneName } from '@/shared/time';
import { Badge } from '@/shared/ui/Badge';
import { Card, Facts } from '@/shared/ui/Card';
import { cx } from '@/shared/ui/classes';
import { Copy } from '@/shared/ui/Copy';
import { Page } from '@/shared/ui/Page';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { learned } from './learned';
import { BookingActions } from './BookingActions';
import { StateMap } from './StateMap';
import { STATES, stateWord } from './states';

type Booking = Schema['BookingView'];

/** What did this booking go through, and what may be done now? */
export default function BookingPage() {
  const { id = '' } = useParams();
  const query = useQuery({
    queryKey: ['booking', id],
    queryFn: () => unwrap(api.GET('/api/bookings/{id}', { params: { path: { id } } })),
  });
  const booking = query.data;
  const look = STATES[booking?.state ?? ''];
  return (
    <Page
      title={booking?.name ?? t('Booking')}
      note={
        booking && (
          <span className="flex flex-wrap items-center gap-2">
            <Badge tone={look?.tone ?? 'plain'} waits={look?.waits ?? false}>
              {stateWord(booking.state)}
            </Badge>
            {t('since')} <Time at={booking.state_since} />
          </span>
        )
      }
      tools={booking && <BookingActions booking={booking} />}
    >
      <Tile query={query} what={t('the booking')} height="h-96">
        {(found) => <Detail booking={found} />}
      </Tile>
    </Page>
  );
}

function Detail({ booking }: { booking: Booking }) {
  const amount = (minor: number) => money(minor, booking.currency);
  return (
    <div className="flex flex-col gap-4">
      {booking.trouble && (
        <Card>
          <p role="status" className="m-0">
            <Badge tone="warn">{sentence(booking.trouble.class)}</Badge> {booking.trouble.message}{' '}
            {booking.trouble.next_try_at ? (
              <>
                {t`Tried ${booking.trouble.attempts} times, next try`}{' '}
                <Time at={booking.trouble.next_try_at} />.
              </>
            ) : (
              t`Tried ${String(booking.trouble.attempts)} times. Nobody tries again by themselves.`
            )}
          </p>
        </Card>
      )}
      <Card title={t('The way it went')}>
        <StateMap state={booking.state} history={booking.history} />
      </Card>
      <div className="grid gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Card title={t('History')}>
          <History entries={booking.history} />
        </Card>
        <div className="flex flex-col gap-4">
          <Card title={t('Call')}>
            <Facts
              items={[
                [t('Session'), booking.event_name ?? NONE],
                [t('Starts'), <Time key="s" at={booking.start_time} other={booking.timezone} />],
                [t('Host'), booking.host_name ?? NONE],
                [t('Customer’s zone'), booking.timezone ? zoneName(booking.timezone) : NONE],
                [
                  t('Takes place'),
                  booking.join_url ? (
                    <a
                      key="j"
                      className="inline-flex min-h-6 items-center gap-1 text-brand"
                      href={booking.join_url}
                      rel="noopener noreferrer"
                      target="_blank"
                    >
                      <Video size={16} aria-hidden />
                      {t('Video call')}
                    </a>
                  ) : (
                    NONE
                  ),
                ],
                [
                  t('Booking id'),
                  <span
                    key="i"
                    className="inline-flex items-center gap-1 font-mono text-meta wrap-anywhere"
                  >
                    {booking.booking_id}
                    <Copy text={booking.booking_id} what={t('id')} />
                  </span>,
                ],
              ]}
            />
          </Card>
          <Card title={t('Money')}>
            <Facts
              items={[
                [t('Price'), booking.amount_minor === 0 ? t('Free') : amount(booking.amount_minor)],
                [t('Payment'), sentence(booking.payment_status)],
                [t('Paid'), amount(booking.paid_minor)],
                [t('Refunded'), amount(booking.refunded_minor)],
                [
                  t('If cancelled now'),
                  booking.refund_if_cancelled_minor === null ||
                  booking.refund_if_cancelled_minor === undefined
                    ? t('Can’t be cancelled')
                    : t`${amount(booking.refund_if_cancelled_minor)} goes back`,
                ],
                ...(booking.held_until
                  ? [
                      [t('Held until'), <Time key="h" at={booking.held_until} />] as [
                        string,
                        ReactNode,
                      ],
                    ]
                  : []),
              ]}
            />
          </Card>
        </div>
      </div>
    </div>
  );
}

/** Every trigger in order of arrival; what was refused is grey, with its reason. */
function History({ entries }: { entries: Booking['history'] }) {
  return (
    <ol className="m-0 flex list-none flex-col gap-0 p-0">
      {entries.map((entry) => {
        const late = learned(entry);
        return (
          <li
            key={entry.seq}
            className={cx(
              'flex flex-col gap-0.5 border-s-2 py-2 ps-4',
              entry.accepted ? 'border-brand' : 'border-line text-ink-3',
            )}
          >
            <span className="flex flex-wrap items-baseline justify-between gap-x-4">
              <span className="font-medium">
                {sentence(entry.trigger)}
                {!entry.accepted && ` · ${t('refused')}`}
              </span>
              <span className="text-table text-ink-3">
                <Time at={entry.at} />
              </span>
            </span>
            <span className="text-table">
              {entry.from
                ? `${stateWord(entry.from)} → ${stateWord(entry.to)}`
                : stateWord(entry.to)}
              <span className="text-ink-3">
                {' '}
                {t`· by ${entry.actor}`}
                {late && ` · ${t`learned ${late} later`}`}
              </span>
            </span>
            {entry.reason && <span className="text-table text-ink-3">{entry.reason}</span>}
          </li>
        );
      })}
    </ol>
  );
}
