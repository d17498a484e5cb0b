import { useQuery } from '@tanstack/react-query';
import { ArrowLeft } from 'lucide-react';
import { Link } from 'react-router';
import { api, unwrap } from '@/shared/api/client';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { useCarried } from '@/shared/moment';
import { explainedOf } from '@/shared/texts/find';
import { statusWord, type Thread } from '@/shared/texts/reasons';
import { ThreadView } from '@/shared/texts/ThreadView';
import { Button } from '@/shared/ui/Button';
import { clock, inZones, ownZone, zoneName } from '@/shared/time';
import { Card } from '@/shared/ui/Card';
import { Time } from '@/shared/ui/Time';

/** One thread with what can be done about it: its booking, and the page to move the call. */
export function OneThread({
  thread,
  phone,
  onBack,
}: {
  thread: Thread;
  phone: string;
  /** Back to the list, where there is no room for both. */
  onBack: (() => void) | null;
}) {
  const { role } = useFrame();
  const to = useCarried();
  const look = 'inline-flex min-h-8 items-center text-table text-brand';
  return (
    <Card
      title={onBack ? undefined : <Who thread={thread} phone={phone} />}
      note={<About thread={thread} phone={phone} />}
      actions={
        <>
          {onBack && (
            <Button kind="quiet" className="-ms-3" onClick={onBack}>
              <ArrowLeft size={16} aria-hidden />
              {t('All threads')}
            </Button>
          )}
          {onBack && thread.contact_id && (
            <Link className={look} to={to(`/app/contacts/${thread.contact_id}`)}>
              {t('Open customer')}
            </Link>
          )}
          {thread.reschedule_url && (
            <a
              className={look}
              href={thread.reschedule_url}
              rel="noopener noreferrer"
              target="_blank"
            >
              {t('Page to move the call')}
            </a>
          )}
          {role === 'admin' && thread.booking_id && (
            <Link className={look} to={`/app/bookings/${thread.booking_id}`}>
              {t('Booking')}
            </Link>
          )}
        </>
      }
    >
      <Explained thread={thread} />
    </Card>
  );
}

/** The booking that a thread is about, with the name; bookings are for admins. */
function useBookingOf(thread: Thread) {
  const { role } = useFrame();
  const id = thread.booking_id ?? '';
  const query = useQuery({
    queryKey: ['booking', id],
    queryFn: () => unwrap(api.GET('/api/bookings/{id}', { params: { path: { id } } })),
    enabled: role === 'admin' && id !== '',
  });
  return query.data;
}

function Who({ thread, phone }: { thread: Thread; phone: string }) {
  const to = useCarried();
  if (!thread.name || !thread.contact_id) return <>{thread.name ?? phone}</>;
  return (
    <Link
      className="inline-flex min-h-6 items-center text-ink no-underline hover:text-brand"
      to={to(`/app/contacts/${thread.contact_id}`)}
    >
      {thread.name}
    </Link>
  );
}

/** Which call, when, on which number, and how the thread stands. */
function About({ thread, phone }: { thread: Thread; phone: string }) {
  const { zone } = useFrame();
  const booking = useBookingOf(thread);
  const [start, theirZone] = [booking?.start_time, booking?.timezone];
  const theirs =
    start && theirZone && clock(start, theirZone) !== clock(start, zone)
      ? clock(start, theirZone)
      : null;
  return (
    <>
      {thread.name && `${phone} · `}
      {statusWord(thread.status)}
      {booking?.event_name && ` · ${booking.event_name}`}
      {booking?.start_time && (
        <>
          {' · '}
          <Time at={booking.start_time} other={booking.timezone} />
          {theirs && start && theirZone && (
            <>
              {' ('}
              <time dateTime={start} title={inZones(start, [zone, theirZone, ownZone()])}>
                {t`${theirs} ${zoneName(theirZone)} time for the customer`}
              </time>
              {')'}
            </>
          )}
        </>
      )}
    </>
  );
}

/** A thread with the checks of its texts, which the list does not tell. */
function Explained({ thread }: { thread: Thread }) {
  const query = useQuery(explainedOf(thread));
  // The checks unfold within the thread: it is drawn once they are there, so that nothing in it moves.
  if (query.isLoading)
    return <div role="status" aria-label={t('Loading')} className="skeleton h-96" />;
  return <ThreadView thread={query.data ?? thread} />;
}
