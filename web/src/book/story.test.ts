import { describe, expect, it } from 'vitest';
import { happened, story, type Booking } from './story';
import { wordsOf } from './words';
import { learnNow } from '@/shared/time';

learnNow('2026-03-01T16:00:00Z');

const words = wordsOf('en');

const booking = (state: string, more: Partial<Booking> = {}): Booking => ({
  booking_id: 'b1',
  state,
  amount_minor: 15_000,
  currency: 'USD',
  payment_status: 'paid',
  paid_minor: 15_000,
  refunded_minor: 0,
  can: [],
  version: 3,
  state_since: '2026-03-12T10:00:00Z',
  start_time: '2026-03-10T14:00:00Z',
  history: [],
  ...more,
});

const headline = (state: string, more: Partial<Booking> = {}) =>
  story(booking(state, more), words, 'America/New_York', 'en-US').headline;

describe('what a customer reads', () => {
  it.each([
    ['PENDING', {}, 'We’re confirming your time.'],
    [
      'AWAITING_PAYMENT',
      { held_until: '2026-03-01T16:05:00Z' },
      'Pay by 11:05 AM to keep your time.',
    ],
    ['AWAITING_PAYMENT', { held_until: '2026-03-01T15:59:00Z' }, words.expired],
    ['PAYMENT_FAILED', {}, 'Your payment did not go through, and nothing was charged.'],
    ['AWAITING_PAYMENT', { payment_status: 'processing' }, 'Your payment is on its way.'],
    ['PAYMENT_FAILED', { payment_status: 'processing' }, 'Your payment is on its way.'],
    ['EXPIRED', { can: ['pay'] }, 'Your time may still be free: pay now.'],
    ['CONFIRMED', {}, 'You’re booked.'],
    ['CANCEL_PENDING', {}, 'We’re cancelling.'],
    ['CANCELLED', { paid_minor: 0 }, 'Cancelled. Nothing was charged.'],
    ['CANCELLED', {}, 'As agreed when you booked, this session is not refunded.'],
    ['REFUND_PENDING', { refund_due_minor: 7_500 }, 'Cancelled. $75 is on its way back.'],
    ['REFUNDED', { refunded_minor: 15_000 }, '$150 was sent back on Mar 12, 2026'],
    ['REFUND_FAILED', {}, 'Your refund takes longer.'],
    ['COMPLETED', {}, 'This session took place on Mar 10, 2026.'],
    ['NO_SHOW', {}, 'We missed each other on Mar 10, 2026.'],
  ] as [string, Partial<Booking>, string][])('%s %j', (state, more, text) => {
    expect(headline(state, more).replaceAll(' ', ' ')).toContain(text);
  });

  it('offers to pay only where the API allows it', () => {
    const open = story(booking('AWAITING_PAYMENT', { can: ['pay'] }), words, 'UTC', 'en-US');
    expect(open.pay).toBe('Pay $150');
    expect(story(booking('EXPIRED'), words, 'UTC', 'en-US').pay).toBeUndefined();
  });

  it('leaves out what was refused', () => {
    const line = (trigger: string, accepted: boolean) => ({
      seq: 1,
      at: 'x',
      recorded_at: 'x',
      trigger,
      to: 'PENDING',
      actor: 'customer',
      accepted,
    });
    const history = [line('CREATED', true), line('CANCEL', false)];
    expect(happened(booking('PENDING', { history }), words)).toEqual([
      { at: 'x', text: 'You started to book' },
    ]);
  });
});

it('every language has every text', () => {
  const [en, es] = [wordsOf('en'), wordsOf('es')];
  expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort());
  expect(Object.keys(es.events).sort()).toEqual(Object.keys(en.events).sort());
});
