import { useCallback, useEffect, useState } from 'react';
import { api, ApiError, bearer, unwrap } from '@/shared/api/client';
import { said } from '@/shared/time';
import { Button } from '@/shared/ui/Button';
import { Actions } from './Actions';
import { useReader } from './context';
import { Details } from './Details';
import { Headline, Note, SaveLink, Sheet, Steps, Told } from './parts';
import { Recover } from './Recover';
import { story, type Booking, type Story } from './story';
import { dropToken, keepToken, tokenOf, type Arrival } from './token';
import { nextTry, trouble, worthIt } from './trouble';
import { useBooking } from './useBooking';
import { useReturn } from './useReturn';

/** A customer's booking: how it stands, what comes next, what they may do. */
export function BookingPage({ id, arrival }: { id: string; arrival: Arrival }) {
  const { words, zone, locale } = useReader();
  const [token, setToken] = useState<string | null>(() => {
    if (arrival.token) keepToken(id, arrival.token, Date.now());
    return arrival.token ?? tokenOf(id);
  });
  const [moving, setMoving] = useState<string | null>(null);
  const opened = useCallback(
    (next: string, after: number) => {
      keepToken(id, next, after);
      setToken(next);
    },
    [id],
  );
  const coming = useReturn(arrival, token, opened);
  const waits = (found: Booking) =>
    story(found, words, zone, locale).waits || coming.checks(found) || moving === found.start_time;
  const loaded = useBooking(id, token, waits);
  const { booking, error } = loaded;
  if (!token && !coming.trading) return <Recover oldLink />;
  if (error && [401, 404].includes(error.status)) return <Recover oldLink />;
  if (!booking || !token) {
    return (
      <div className="flex flex-col gap-6">
        <Headline>{coming.trading ? words.checking : words.title}</Headline>
        {error ? (
          <Note tone="bad">{trouble(error, words)}</Note>
        ) : (
          <div className="skeleton h-48" />
        )}
        {coming.late && <Note>{words.checkingLong}</Note>}
      </div>
    );
  }
  const told = story(booking, words, zone, locale);
  const checking = coming.checks(booking);
  const moved = moving !== null && booking.start_time !== moving;
  return (
    <div className="flex flex-col gap-6">
      {told.step && <Steps at={told.step} />}
      <Told text={checking ? words.checking : told.headline} />
      {checking && coming.late && <Note>{words.checkingLong}</Note>}
      {coming.unpaid && booking.state === 'AWAITING_PAYMENT' && (
        <Note tone="warn">
          {booking.held_until
            ? words.notPaid(said(booking.held_until, null, zone, locale))
            : words.notPaidPlain}
        </Note>
      )}
      {moving !== null && (
        <Note tone={moved ? 'ok' : 'info'}>{moved ? words.moved : words.moveWait}</Note>
      )}
      {error && <Note tone="bad">{trouble(error, words)}</Note>}
      {booking.trouble && told.mood !== 'trouble' && (
        <Note tone="warn">{booking.trouble.message}</Note>
      )}
      <SaveLink id={id} token={token} />
      <Details booking={booking}>
        {!checking && <Pay booking={booking} token={token} told={told} take={loaded.take} />}
      </Details>
      <Sheet>
        <Actions
          booking={booking}
          token={token}
          take={loaded.take}
          reload={loaded.reload}
          onMove={() => {
            setMoving(booking.start_time ?? '');
          }}
          onForget={() => {
            dropToken(id);
            setToken(null);
          }}
        />
      </Sheet>
    </div>
  );
}

/** Leads to the checkout; one that ran out is replaced by itself. */
function Pay({
  booking,
  token,
  told,
  take,
}: {
  booking: Booking;
  token: string;
  told: Story;
  take: (booking: Booking) => void;
}) {
  const { words } = useReader();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const may = told.pay !== null && booking.can.includes('pay');
  const pay = useCallback(async () => {
    setBusy(true);
    setProblem(null);
    try {
      const path = { id: booking.booking_id };
      const headers = bearer(token);
      const next = await unwrap(
        api.POST('/api/bookings/{id}/pay', { params: { path }, body: {}, headers }),
      );
      if (next.checkout_url) location.assign(next.checkout_url);
      else take({ ...booking, ...next });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  }, [booking, token, take]);
  const again = may && problem instanceof ApiError && worthIt(problem) ? nextTry(problem) : null;
  useEffect(() => {
    if (again === null) return;
    const timer = setTimeout(() => void pay(), again);
    return () => {
      clearTimeout(timer);
    };
  }, [again, problem, pay]);
  if (!may) return null;
  return (
    <div className="flex flex-col gap-3">
      <Button
        kind="primary"
        className="min-h-12 w-full px-6 text-customer sm:w-auto sm:self-start"
        busy={busy}
        onClick={() => void pay()}
      >
        {told.pay}
      </Button>
      {problem !== null && <Note tone="bad">{trouble(problem, words)}</Note>}
    </div>
  );
}
