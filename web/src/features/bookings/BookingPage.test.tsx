import { Route, Routes } from 'react-router';
import { expect, it } from 'vitest';
import { said, server, show } from '@/shared/testing';
import BookingPage from './BookingPage';

const ID = '7f3a0000-1111-4222-8333-444455556666';
const entry = (seq: number, part: object) => ({
  seq,
  at: '2026-03-01T12:00:00Z',
  recorded_at: '2026-03-01T12:04:00Z',
  trigger: 'CALENDLY_WEBHOOK_RECEIVED',
  from: null,
  to: 'CONFIRMED',
  actor: 'calendly',
  accepted: true,
  ...part,
});
const BOOKING = {
  booking_id: ID,
  state: 'CONFIRMED',
  amount_minor: 15_000,
  currency: 'USD',
  payment_status: 'paid',
  paid_minor: 15_000,
  refunded_minor: 0,
  can: ['cancel'],
  version: 3,
  state_since: '2026-03-01T12:00:00Z',
  history: [
    entry(1, { delivery_id: '5d1c0000-0000-4000-8000-00000000beef' }),
    entry(2, {
      trigger: 'OVERRIDE',
      from: 'CONFIRMED',
      actor: 'u7',
      accepted: false,
      reason: 'the call has not begun',
    }),
  ],
};
const THREADS = [
  { status: 'CLOSED', messages: [], booking_id: 'another' },
  {
    status: 'RESPONDED',
    booking_id: ID,
    messages: [
      {
        direction: 'inbound',
        message_id: 'm1',
        at: '2026-03-01T12:10:00Z',
        body: 'Can we do Thursday?',
        reply_intent: 'reschedule',
        sentiment: 'neutral',
      },
    ],
  },
];

const answers = () =>
  server(({ path, query }) => {
    if (path === `/api/bookings/${ID}`) return BOOKING;
    if (path === '/api/users') return { items: [{ id: 'u7', name: 'Ada Chen', email: 'a@x' }] };
    if (path === `/api/conversations/${ID}`) return { threads: THREADS };
    if (path === '/api/conversations')
      return { items: THREADS.filter((one) => one.booking_id === query.get('booking_id')) };
    return undefined;
  });

const page = (
  <Routes>
    <Route path="/app/bookings/:id" element={<BookingPage />} />
  </Routes>
);

it('leads from a line of the history to its webhook, and names the person who acted', async () => {
  answers();
  await show(page, `/bookings/${ID}`);
  const lines = [...document.querySelectorAll('ol > li')].map((line) => line.textContent);
  expect(lines[0]).toContain('learned 4 min later');
  expect(lines[1]).toContain('by Ada Chen');
  expect(lines[1]).toContain('refused');
  expect(lines[1]).toContain('the call has not begun');
  expect(document.querySelector('ol a')?.getAttribute('href')).toBe(
    '/app/inbox?open=5d1c0000-0000-4000-8000-00000000beef',
  );
});

it('shows the texts of the booking', async () => {
  answers();
  await show(page, `/bookings/${ID}`);
  expect(said()).toContain('Can we do Thursday?');
});

it('offers nothing to do from the past', async () => {
  answers();
  await show(page, `/bookings/${ID}`);
  expect([...document.querySelectorAll('button')].map((b) => b.textContent)).toContain(
    'Cancel booking…',
  );
  document.body.replaceChildren();
  await show(page, `/bookings/${ID}`, { at: '2026-02-01T00:00:00Z' });
  expect(said()).toContain('The way it went');
  expect([...document.querySelectorAll('button')].map((b) => b.textContent)).not.toContain(
    'Cancel booking…',
  );
});
