import type { Page } from '@playwright/test';
import { booked, expect, recovered, test } from './world';

/** What customers read in each state, word for word. */

const BOOKING = /\/api\/bookings\/[0-9a-f-]{36}$/;

/** The program's own answer about the booking, with some of it changed. */
const told = (page: Page, change: object) =>
  page.route(BOOKING, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), ...change } });
  });

const PAID = { paid_minor: 15_000, payment_status: 'paid' };
const START = '2026-03-10T14:00:00Z';
const line = (trigger: string, at: string) => ({
  seq: 9,
  at,
  recorded_at: at,
  trigger,
  from: 'REFUND_PENDING',
  to: 'REFUNDED',
  actor: 'stripe',
  accepted: true,
});

const STATES: [name: string, change: object, headline: string, button?: string][] = [
  ['PENDING', { state: 'PENDING', can: [] }, 'We’re confirming your time.'],
  [
    'AWAITING_PAYMENT',
    { state: 'AWAITING_PAYMENT', can: ['pay'], held_until: '2026-11-30T16:05:00Z' },
    'Pay by 11:05 to keep your time.',
    'Pay $150',
  ],
  [
    'PAYMENT_FAILED',
    { state: 'PAYMENT_FAILED', can: ['pay'] },
    'Your payment did not go through, and nothing was charged. Try again or use another card.',
    'Try again: pay $150',
  ],
  [
    'EXPIRED',
    { state: 'EXPIRED', can: ['pay'] },
    'The time to pay ran out. Your time may still be free: pay now.',
    'Pay $150 now',
  ],
  [
    'EXPIRED for good',
    { state: 'EXPIRED', can: [] },
    'The time to pay ran out, and nothing was charged.',
    'Book again',
  ],
  ['CONFIRMED', { state: 'CONFIRMED', ...PAID }, 'You’re booked.'],
  [
    'CANCEL_PENDING',
    { state: 'CANCEL_PENDING', can: [] },
    'We’re cancelling. This takes a minute; you can close this page.',
  ],
  [
    'CANCELLED, unpaid',
    { state: 'CANCELLED', can: [], paid_minor: 0 },
    'Cancelled. Nothing was charged.',
    'Book again',
  ],
  [
    'CANCELLED, paid and not refunded',
    { state: 'CANCELLED', can: [], ...PAID },
    'Cancelled. As agreed when you booked, this session is not refunded.',
    'Book again',
  ],
  [
    'REFUND_PENDING',
    { state: 'REFUND_PENDING', can: [], ...PAID, refund_due_minor: 15_000 },
    'Cancelled. $150 is on its way back.',
  ],
  [
    'REFUNDED',
    {
      state: 'REFUNDED',
      can: [],
      ...PAID,
      refunded_minor: 15_000,
      history: [line('REFUND_SUCCEEDED', '2026-03-12T10:00:00Z')],
    },
    '$150 was sent back on 12 Mar 2026; banks take 5–10 days to show it.',
    'Book again',
  ],
  [
    'REFUND_FAILED',
    { state: 'REFUND_FAILED', can: [], ...PAID },
    'Your refund takes longer. One of us is on it; you need not do anything.',
  ],
  [
    'COMPLETED',
    { state: 'COMPLETED', can: [], ...PAID, start_time: START },
    'This session took place on 10 Mar 2026.',
    'Book again',
  ],
  [
    'NO_SHOW',
    { state: 'NO_SHOW', can: [], ...PAID, start_time: START },
    'We missed each other on 10 Mar 2026. Book again or write to us.',
    'Book again',
  ],
];

test.describe('a booking', () => {
  test.describe.configure({ mode: 'serial' });
  let mailed = '';
  test.beforeAll(async () => {
    const url = process.env['BOOKPATH_URL'] ?? '';
    mailed = await recovered(url, await booked(url));
  });

  for (const [name, change, headline, button] of STATES) {
    test(`is told in words when it is ${name}`, async ({ as }) => {
      const page = await as(null, { timezoneId: 'America/New_York' });
      await told(page, change);
      await page.goto(mailed);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(headline);
      if (button) await expect(page.getByRole('button', { name: button })).toBeVisible();
    });
  }

  test('stays on the page when there is no connection', async ({ as }) => {
    const page = await as(null);
    await page.goto(mailed);
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Pay by');
    await page.route(BOOKING, (route) => route.abort());
    await expect(page.getByRole('alert')).toHaveText(
      'No connection. We keep your place and try again by ourselves.',
    );
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Pay by');
    await page.unroute(BOOKING);
  });
});
