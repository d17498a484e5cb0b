import { expect, it } from 'vitest';
import { creditIn, figureOf, linesOf, MODELS, sameTotal } from './models';

const row = (model: string, channel: string, cents: number) => ({
  model,
  channel,
  touches: 1,
  conversions_credit: 0.5,
  revenue_credit_minor: cents,
  cash_credit_minor: 0,
  drill: { numerator: { href: '/api/rows/touches', count: 1, sum_minor: cents } },
  drills: {
    revenue_credit_minor: { numerator: { href: '/api/rows/touches', count: 1, sum_minor: cents } },
    conversions_credit: { numerator: { href: '/api/rows/touches', count: 1, sum_micro: 500_000 } },
  },
});
const found = {
  rows: [
    row('first', 'facebook', 1_000_000),
    row('w', 'facebook', 300_000),
    row('w', 'google', 600_000),
    row('w', 'email', 100_000),
    row('booking', 'facebook', 0),
  ],
  totals: {
    first: { conversions_credit: 1, revenue_credit_minor: 1_000_000, cash_credit_minor: 0 },
    w: { conversions_credit: 1, revenue_credit_minor: 1_000_000, cash_credit_minor: 0 },
    booking: { conversions_credit: 4, revenue_credit_minor: 0, cash_credit_minor: 0 },
  },
};

it('puts the models side by side, and leaves out the one that credits bookings', () => {
  const lines = linesOf(found);
  expect(lines.map((line) => line.name)).toEqual(['facebook', 'google', 'email']);
  expect(
    lines.map((line) => creditIn(line, 'w', 'revenue') - creditIn(line, 'first', 'revenue')),
  ).toEqual([-700_000, 600_000, 100_000]);
});

it('tells the one total only where the server tells it, and says when models differ', () => {
  expect(sameTotal(found, 'revenue')).toBe(1_000_000);
  expect(sameTotal({ ...found, totals: {} }, 'revenue')).toBeNull();
  const wrong = { ...found.totals, w: { ...found.totals.w, revenue_credit_minor: 1 } };
  expect(sameTotal({ ...found, totals: wrong }, 'revenue')).toBe(false);
});

it('opens a credit as a figure', () => {
  expect(figureOf(row('w', 'google', 600_000), 'revenue', 'USD')).toMatchObject({
    value: 600_000,
    unit: 'money',
    currency: 'USD',
  });
  expect(figureOf(row('w', 'google', 600_000), 'deals', 'USD')).toMatchObject({
    value: 0.5,
    unit: 'ratio',
    drill: { numerator: { sum_micro: 500_000 } },
  });
});

it('has a mark of its own for each model', () => {
  expect(new Set(MODELS.map((model) => model.letter)).size).toBe(MODELS.length);
});
