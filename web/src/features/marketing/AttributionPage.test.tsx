import { expect, it } from 'vitest';
import { press, said, server, show } from '@/shared/testing';
import AttributionPage from './AttributionPage';

const row = (model: string, channel: string, cents: number) => ({
  model,
  channel,
  touches: 1,
  conversions_credit: 1,
  revenue_credit_minor: cents,
  cash_credit_minor: 0,
  currency: 'USD',
  drill: {
    numerator: { href: `/api/rows/deals?model=${model}`, count: 1, sum_minor: cents },
  },
  drills: {
    revenue_credit_minor: {
      numerator: { href: `/api/rows/deals?model=${model}`, count: 1, sum_minor: cents },
    },
  },
});
const TOTAL = {
  conversions_credit: 1,
  revenue_credit_minor: 1_000_000,
  cash_credit_minor: 0,
};

it('puts two models beside each other: the difference per channel and the same total', async () => {
  server(({ path }) => {
    if (path === '/api/attribution')
      return {
        rows: [
          row('first', 'facebook', 1_000_000),
          row('w', 'facebook', 300_000),
          row('w', 'google', 600_000),
          row('w', 'email', 100_000),
        ],
        totals: { first: TOTAL, w: TOTAL },
      };
    if (path === '/api/rows/deals') return { items: [], total: 1, total_minor: 300_000 };
    return path.startsWith('/api/marketing/') ? { items: [] } : undefined;
  });
  await show(<AttributionPage />, '?month=2025-01');
  for (const text of [
    '−$7,000.00',
    '+$6,000.00',
    '+$1,000.00',
    'Every model credits the same $10,000.00',
  ])
    expect(said()).toContain(text);
  await press('Facebook, W-shaped: $3,000.00');
  expect(said()).toContain('Rows add up');
});

it('says where no deal was won', async () => {
  server(({ path }) => (path === '/api/attribution' ? { rows: [], totals: {} } : { items: [] }));
  await show(<AttributionPage />, '?month=2025-01');
  expect(said()).toContain('No deal won in January 2025.');
});
