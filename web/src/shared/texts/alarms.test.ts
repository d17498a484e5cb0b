import { expect, it } from 'vitest';
import { grouped, said } from './alarms';

const ID = 'b9b1129c-ff11-4567-82a8-7266bd4237ea';
const alarm = (code: string, subject: string, detail: string) => ({
  code,
  subject,
  detail,
  raised_at: '2026-12-01T20:18:06Z',
});
const STUCK = alarm('booking_stuck', ID, 'refund failed since 2026-12-01 17:00 UTC');
const GIVEN_UP = alarm(
  'effect_given_up',
  `refund:${ID}`,
  'after 1 try: Stripe answered 400: invalid_request_error',
);

it('says what is wrong in words, with the booking and since when', () => {
  expect(said(STUCK)).toEqual({
    word: 'Refund failed',
    booking: ID,
    person: null,
    text: null,
    since: '2026-12-01T17:00:00Z',
  });
  expect(said(GIVEN_UP).text).toBe('Stripe refused it: invalid request error');
  expect(said(GIVEN_UP).word).toBe('Refund failed');
});

it('knows that a changed account manager is about a person', () => {
  const change = said(alarm('am_change', ID, 'ana@x.example to ben@x.example'));
  expect([change.booking, change.person]).toEqual([null, ID]);
});

it('keeps the line of an alarm whose form it does not know', () => {
  expect(said(alarm('dead_letters', 'react', '2 records')).text).toBe('2 records');
});

it('puts the alarms of one booking together', () => {
  const other = alarm('webhooks_failed', 'inbox', '1 delivery of the last day is new');
  expect(grouped([STUCK, other, GIVEN_UP])).toEqual([[STUCK, GIVEN_UP], [other]]);
});
