import { expect, it } from 'vitest';
import { press, said, server, show } from '@/shared/testing';
import { Daily } from './Daily';

const row = (
  utm_source: string | null,
  marketing_channel: string,
  bookings: number,
  booking_date = '2026-03-10',
) => ({
  booking_date,
  utm_source,
  marketing_channel,
  bookings,
  unique_contacts: bookings,
  first_time_contacts: 1,
});

const RANGE = { from: '2026-03-01', to: '2026-03-31' };

const answers = () =>
  server(({ query }) =>
    query.get('cursor')
      ? { items: [row('facebook', 'facebook_paid_ads', 41, '2026-03-09')], total: 3 }
      : {
          items: [row('facebook', 'facebook_paid_ads', 17), row(null, 'email', 23)],
          next_cursor: '2',
          total: 3,
        },
  );

it('says how many rows there are, and gives the file of the API', async () => {
  answers();
  await show(<Daily range={RANGE} nothing="nothing" />);
  expect(said()).toContain('2 of 3');
  const file = document.querySelector('a[download]')?.getAttribute('href');
  expect(file).toBe(
    '/api/marketing/daily_bookings_by_source?from=2026-03-01&to=2026-03-31&format=csv',
  );
});

it('is filtered by the value of a cell, over the rows of all pages', async () => {
  answers();
  await show(<Daily range={RANGE} nothing="nothing" />);
  await press('Only Facebook Ads');
  for (const text of ['17', '41', '2 rows']) expect(said()).toContain(text);
  expect(said()).not.toContain('23');
  expect(document.querySelector('a[download]')).toBeNull();
});

it('tells a source that is none from any source', async () => {
  answers();
  await show(<Daily range={RANGE} nothing="nothing" />, '?source=none');
  expect(said()).toContain('23');
  expect(said()).not.toContain('17');
});

it('leads out of filters that nothing fits', async () => {
  answers();
  await show(<Daily range={RANGE} nothing="nothing" />, '?channel=radio');
  expect(said()).toContain('No bookings of this channel and source in these days.');
  await press('Clear filters');
  expect(said()).toContain('2 of 3');
});
