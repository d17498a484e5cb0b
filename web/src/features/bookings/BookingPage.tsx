import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { api, ApiError, unwrap, type Schema } from '@/shared/api/client';
import { sentence } from '@/shared/format/words';
import { useIsPast } from '@/shared/frame';
import { many, t } from '@/shared/i18n/t';
import { useCarried } from '@/shared/moment';
import { Badge } from '@/shared/ui/Badge';
import { Card, Empty } from '@/shared/ui/Card';
import { buttonClass } from '@/shared/ui/classes';
import { Page } from '@/shared/ui/Page';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';
import { BookingActions } from './BookingActions';
import { CallFacts, MoneyFacts } from './Facts';
import { History } from './History';
import { StateMap } from './StateMap';
import { STATES, stateWord } from './states';
import { Texts } from './Texts';

type Booking = Schema['BookingView'];

/** What did this booking go through, and what may be done now? */
export default function BookingPage() {
  const { id = '' } = useParams();
  const past = useIsPast();
  const to = useCarried();
  const query = useQuery({
    queryKey: ['booking', id],
    queryFn: () => unwrap(api.GET('/api/bookings/{id}', { params: { path: { id } } })),
  });
  const booking = query.data;
  const gone = query.error instanceof ApiError && query.error.status === 404;
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
            {booking.contact_id && (
              <Link
                className="inline-flex min-h-6 items-center text-brand"
                to={to(`/app/contacts/${booking.contact_id}`)}
              >
                {t('Open customer')}
              </Link>
            )}
          </span>
        )
      }
      tools={booking && !past && <BookingActions booking={booking} />}
    >
      {gone ? (
        <Card>
          <Empty
            action={
              <Link className={buttonClass('primary')} to={to('/app/bookings')}>
                {t('All bookings')}
              </Link>
            }
          >
            {t('There is no such booking.')}
          </Empty>
        </Card>
      ) : (
        <Tile query={query} what={t('the booking')} height="h-96">
          {(found) => <Detail booking={found} />}
        </Tile>
      )}
    </Page>
  );
}

const tried = (attempts: number): string =>
  many(attempts, t('Tried once.'), t`Tried ${String(attempts)} times.`);

function Detail({ booking }: { booking: Booking }) {
  return (
    <div className="flex flex-col gap-4">
      {booking.trouble && (
        <Card>
          <p role="status" className="m-0">
            <Badge tone="warn">{sentence(booking.trouble.class)}</Badge>{' '}
            {booking.trouble.next_try_at ? (
              <>
                {tried(booking.trouble.attempts)} {t('The next try is')}{' '}
                <Time at={booking.trouble.next_try_at} />.
              </>
            ) : (
              `${tried(booking.trouble.attempts)} ${t('It will not be retried automatically.')}`
            )}
          </p>
        </Card>
      )}
      <Card title={t('The way it went')}>
        <StateMap state={booking.state} history={booking.history} />
      </Card>
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <Card title={t('History')}>
            <History entries={booking.history} />
          </Card>
          <Texts booking={booking.booking_id} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <CallFacts booking={booking} />
          <MoneyFacts booking={booking} />
        </div>
      </div>
    </div>
  );
}
