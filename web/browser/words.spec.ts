import type { Page, Route } from '@playwright/test';
import { booked, expect, recovered, test } from './world';

/** What customers read in each state and each trouble, word for word. */

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
      await expect(page.locator('[data-told]')).toHaveText(headline);
      if (button) await expect(page.getByRole('button', { name: button })).toBeVisible();
    });
  }

  /** The booking is shown; then every further question about it is answered like this. */
  const then = async (page: Page, answer: (route: Route) => Promise<void>) => {
    await page.goto(mailed);
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Pay by');
    await page.route(BOOKING, answer);
  };
  const problem = (status: number, code: string, after?: number) => (route: Route) =>
    route.fulfill({
      status,
      contentType: 'application/problem+json',
      headers: after ? { 'retry-after': String(after) } : {},
      body: JSON.stringify({ type: 'x', title: 'x', status, code, detail: 'x', request_id: 'r1' }),
    });

  for (const [name, answer, words] of [
    [
      'there is no connection',
      (route: Route) => route.abort(),
      'No connection. We keep your place and try again by ourselves.',
    ],
    [
      'we are busy',
      problem(503, 'unavailable', 5),
      'Something on our side is busy. Nothing was charged. Trying again in 5 s.',
    ],
    [
      'somebody tries too often',
      problem(429, 'rate_limited', 40),
      'That was a lot of tries. Next one in 40 s.',
    ],
  ] as const) {
    test(`stays on the page when ${name}`, async ({ as }) => {
      const page = await as(null);
      await then(page, answer);
      await expect(page.getByRole('alert')).toHaveText(words);
      await expect(page.getByRole('heading', { level: 1 })).toContainText('Pay by');
      await page.unroute(BOOKING);
    });
  }

  test('that changed meanwhile is shown as it stands now', async ({ as }) => {
    const page = await as(null);
    await page.goto(mailed);
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.route('**/cancel', problem(412, 'version_changed'));
    await page.getByRole('button', { name: 'Cancel booking' }).click();
    await expect(page.getByRole('dialog').getByRole('alert')).toHaveText(
      'Your booking changed meanwhile. This is how it stands now:',
    );
    await page.getByRole('button', { name: 'Keep booking' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Pay by');
  });

  test('is kept only in the link where the browser stores nothing', async ({ as }) => {
    const page = await as(null);
    await page.addInitScript(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException('forbidden', 'SecurityError');
      };
    });
    await page.goto(mailed);
    await expect(
      page.getByText('Your browser doesn’t keep this page’s memory. Save this link.'),
    ).toBeVisible();
  });

  test('that has no token leads to a fresh link', async ({ as }) => {
    const page = await as(null);
    await page.goto(mailed.split('#')[0] ?? '');
    await expect(
      page.getByText('This link no longer opens a booking. Get a fresh one by e-mail.'),
    ).toBeVisible();
  });
});

test('who asks for links too often is told when the next try is, and the button waits', async ({
  as,
}) => {
  const page = await as(null);
  await page.clock.install();
  await page.route('**/api/bookings/recover', (route) =>
    route.fulfill({
      status: 429,
      contentType: 'application/problem+json',
      headers: { 'retry-after': '40' },
      body: JSON.stringify({ type: 'x', title: 'x', status: 429, code: 'rate_limited' }),
    }),
  );
  await page.goto('/recover');
  await page.getByLabel('E-mail address').fill('somebody@example.test');
  const send = page.getByRole('button', { name: 'Send the link' });
  await send.click();
  await expect(page.getByText('That was a lot of tries. Next one in 40 s.')).toBeVisible();
  await expect(send).toBeDisabled();
  await page.clock.runFor(10_000);
  await expect(page.getByText('That was a lot of tries. Next one in 30 s.')).toBeVisible();
  await page.clock.runFor(31_000);
  await expect(send).toBeEnabled();
});

test('nothing to book says what to do', async ({ as }) => {
  const page = await as(null);
  await page.route('**/api/session-types', (route) => route.fulfill({ json: { items: [] } }));
  await page.goto('/book');
  await expect(
    page.getByText('Nothing can be booked right now. Please write to us.'),
  ).toBeVisible();
});
