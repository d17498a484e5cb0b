import type { Schema } from '@/shared/api/client';
import { money } from '@/shared/format/number';
import { dayOf, said, secondsUntil } from '@/shared/time';
import type { Words } from './words';

export type Booking = Schema['BookingView'];

export type Mood = 'ok' | 'wait' | 'pay' | 'over' | 'trouble';

export interface Story {
  mood: Mood;
  headline: string;
  /** 1 session, 2 time, 3 payment, 4 done; `null` of a booking that is over or ends. */
  step: 1 | 2 | 3 | 4 | null;
  /** What the button that pays says. */
  pay?: string;
  /** The page asks again by itself: somebody else is at it. */
  waits: boolean;
}

/** What a customer reads of a booking. */
export function story(booking: Booking, words: Words, zone: string, locale: string): Story {
  const amount = money(booking.amount_minor, booking.currency, { short: true, locale });
  const paid = money(booking.paid_minor, booking.currency, { short: true, locale });
  const back = money(booking.refunded_minor, booking.currency, { short: true, locale });
  const start = booking.start_time ? dayOf(booking.start_time, zone, locale) : '';
  const payable = booking.can.includes('pay');
  // A bank transfer takes days; what is paid meanwhile would be paid twice.
  const onItsWay: Story = { mood: 'wait', headline: words.onItsWay, step: 3, waits: true };
  switch (booking.state) {
    case 'PENDING':
      return { mood: 'wait', headline: words.confirming, step: 2, waits: true };
    case 'AWAITING_PAYMENT': {
      if (booking.payment_status === 'processing') return onItsWay;
      const until = booking.held_until && said(booking.held_until, null, zone, locale);
      // Until the booking is told that its time to pay ran out, too.
      const over = booking.held_until && secondsUntil(booking.held_until) <= 0;
      const headline = over ? words.expired : until ? words.payBy(until) : words.confirming;
      return { mood: 'pay', headline, step: 3, pay: words.pay(amount), waits: true };
    }
    case 'PAYMENT_FAILED':
      if (booking.payment_status === 'processing') return onItsWay;
      return {
        mood: 'trouble',
        headline: words.failed,
        step: 3,
        pay: words.payAgain(amount),
        waits: true,
      };
    case 'EXPIRED':
      return payable
        ? { mood: 'pay', headline: words.expired, step: 3, pay: words.payNow(amount), waits: true }
        : { mood: 'over', headline: words.expiredOver, step: null, waits: false };
    case 'CONFIRMED':
      return { mood: 'ok', headline: words.booked, step: 4, waits: false };
    case 'CANCEL_PENDING':
      return { mood: 'wait', headline: words.cancelling, step: null, waits: true };
    case 'CANCELLED': {
      const kept = booking.paid_minor > booking.refunded_minor;
      const headline = kept ? words.cancelledKept : words.cancelledUnpaid;
      return { mood: 'over', headline, step: null, waits: false };
    }
    case 'REFUND_PENDING': {
      const due = booking.refund_due_minor ?? booking.paid_minor;
      const text = money(due, booking.currency, { short: true, locale });
      return { mood: 'wait', headline: words.refunding(text || paid), step: null, waits: true };
    }
    case 'REFUNDED':
      return {
        mood: 'over',
        headline: words.refunded(back, refundDay(booking, zone, locale)),
        step: null,
        waits: false,
      };
    case 'REFUND_FAILED':
      return { mood: 'trouble', headline: words.refundLate, step: null, waits: true };
    case 'COMPLETED':
      return { mood: 'over', headline: words.completed(start), step: null, waits: false };
    default:
      return { mood: 'over', headline: words.missed(start), step: null, waits: false };
  }
}

const refundDay = (booking: Booking, zone: string, locale: string): string => {
  const entry = booking.history.findLast((line) => line.trigger === 'REFUND_SUCCEEDED');
  return dayOf(entry?.at ?? booking.state_since, zone, locale);
};

/** What happened, in the customer's words: what was refused and what only repeats is left out. */
export function happened(booking: Booking, words: Words): { at: string; text: string }[] {
  return booking.history
    .filter((line) => line.accepted)
    .flatMap((line) => {
      const text = words.events[line.trigger];
      return text ? [{ at: line.at, text }] : [];
    });
}
