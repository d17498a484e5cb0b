import { expect, it } from 'vitest';
import { said, server, show } from '@/shared/testing';
import CostPage from './CostPage';

const cost = (channel: string, spend_minor: number | null, per: number | null) => ({
  booking_date: '2026-03-10',
  channel,
  campaign: null,
  spend_minor,
  bookings: 4,
  attended: 2,
  cost_per_booking_minor: per,
  cost_per_attended_minor: per,
  spend_status: spend_minor === null ? 'missing' : 'known',
  drills: {},
});
const ROWS = [cost('facebook', 20_000, 5_000), cost('google', 0, 0), cost('youtube', null, null)];

const answers = () =>
  server(({ path, query }) => {
    if (path === '/api/meta') return { currencies: ['USD'] };
    if (query.get('group') === 'total') return { items: [cost('', 20_000, 1_667)] };
    const unpaid = { ...cost('facebook', null, null), campaign: 'spring' };
    return { items: query.get('group') ? ROWS : [...ROWS, unpaid], total: 4 };
  });

it('asks for the days that somebody chose, in their order', async () => {
  const calls = answers();
  await show(<CostPage />, '?span=days&from=2026-03-31&to=2026-03-01');
  // Colours are those of all time.
  const asked = calls.filter(
    ({ path }) => path.startsWith('/api/marketing/') && !path.endsWith('/daily_bookings_by_source'),
  );
  expect(asked.length).toBeGreaterThan(0);
  for (const { query } of asked)
    expect([query.get('from'), query.get('to')]).toEqual(['2026-03-01', '2026-03-31']);
});

it('draws what is known, and says what is not: no recorded spend is not a spend of nothing', async () => {
  answers();
  await show(<CostPage />, '?span=days&from=2026-03-01&to=2026-03-31');
  const dots = document.querySelector('[aria-label="Cost by booking and by attended call"]');
  expect(dots?.textContent).toContain('Facebook');
  expect(dots?.textContent).toContain('Google');
  expect(dots?.textContent).not.toContain('Youtube');
  const chart = document.querySelector('svg[role=img]');
  expect(chart?.getAttribute('aria-label')).toBe('Spend of 1 day, 10 Mar 2026: $200.00');
  expect(chart?.querySelector('title')?.textContent).toBe('10 Mar 2026\nFacebook: $200.00');
  expect(said()).toContain('On 1 day bookings of a channel drawn here have no spend recorded.');
});
