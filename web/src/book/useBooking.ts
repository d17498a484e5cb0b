import { useCallback, useEffect, useRef, useState } from 'react';
import { api, ApiError, bearer, unwrap } from '@/shared/api/client';
import type { Booking } from './story';
import { worthIt } from './trouble';

const FIRST_MS = 1_000;
const LAST_MS = 10_000;

export interface Loaded {
  booking: Booking | null;
  error: ApiError | null;
  /** Takes an answer that already is the newest. */
  take: (booking: Booking) => void;
  reload: () => Promise<void>;
}

/** A booking under its key. While `waits` says so it is asked again, at first each second, then each ten. */
export function useBooking(
  id: string,
  token: string | null,
  waits: (booking: Booking) => boolean,
): Loaded {
  const [booking, setBooking] = useState<Booking | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const pause = useRef(FIRST_MS);
  const reload = useCallback(async () => {
    if (!token) return;
    try {
      const headers = bearer(token);
      const found = await unwrap(
        api.GET('/api/bookings/{id}', { params: { path: { id } }, headers }),
      );
      setBooking(found);
      setError(null);
    } catch (problem) {
      if (problem instanceof ApiError) setError(problem);
    }
  }, [id, token]);
  useEffect(() => {
    const timer = setTimeout(() => void reload(), 0);
    return () => {
      clearTimeout(timer);
    };
  }, [reload]);
  const again = token !== null && (error ? worthIt(error) : booking !== null && waits(booking));
  useEffect(() => {
    if (!again) return;
    const wait = Math.max(pause.current, (error?.retryAfter ?? 0) * 1000);
    const timer = setTimeout(() => {
      pause.current = Math.min(LAST_MS, pause.current * 1.5);
      void reload();
    }, wait);
    return () => {
      clearTimeout(timer);
    };
  }, [again, booking, error, reload]);
  const take = useCallback((next: Booking) => {
    pause.current = FIRST_MS;
    setBooking(next);
    setError(null);
  }, []);
  return { booking, error, take, reload };
}
