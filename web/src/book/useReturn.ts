import { useEffect, useState } from 'react';
import { api, ApiError, unwrap } from '@/shared/api/client';
import type { Booking } from './story';
import type { Arrival } from './token';

/** The webhook of a payment may take this long; then the customer may go. */
const LATE_MS = 60_000;
const FIRST_MS = 1_000;
const LAST_MS = 10_000;
/** States in which the payment that the customer comes back from is not known yet. */
const OPEN = ['PENDING', 'AWAITING_PAYMENT', 'EXPIRED'];

export interface Return {
  /** The payment of this booking is being looked for. */
  checks: (booking: Booking) => boolean;
  /** It takes longer than a minute. */
  late: boolean;
  /** The customer turned back at the checkout. */
  unpaid: boolean;
  /** The session of the payment is being traded for the key. */
  trading: boolean;
}

/** What the way back from the checkout means. Who comes back in another browser trades the session for the key, once. */
export function useReturn(
  arrival: Arrival,
  token: string | null,
  opened: (token: string, after: number) => void,
): Return {
  const paid = arrival.payment === 'success';
  const { session } = arrival;
  const [late, setLate] = useState(false);
  const [over, setOver] = useState(false);
  useEffect(() => {
    if (!paid) return;
    const timer = setTimeout(() => {
      setLate(true);
    }, LATE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [paid]);
  const trading = paid && session !== null && token === null && !over;
  useEffect(() => {
    if (!trading) return;
    let timer = 0;
    let pause = FIRST_MS;
    const trade = async () => {
      try {
        const found = await unwrap(
          api.POST('/api/bookings/session', { body: { session_id: session } }),
        );
        if (found.token) opened(found.token, Date.now());
      } catch (error) {
        const unknown =
          error instanceof ApiError &&
          (error.status === 409 || error.status === 0 || error.status >= 429);
        if (!unknown) {
          setOver(true);
          return;
        }
        pause = Math.min(LAST_MS, pause * 1.5);
        timer = window.setTimeout(() => void trade(), pause);
      }
    };
    void trade();
    return () => {
      clearTimeout(timer);
    };
  }, [trading, session, opened]);
  return {
    checks: (booking) => paid && OPEN.includes(booking.state),
    late,
    unpaid: arrival.payment === 'canceled',
    trading,
  };
}
