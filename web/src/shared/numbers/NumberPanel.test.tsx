import { expect, it } from 'vitest';
import type { FigureView } from '@/shared/api/numbers';
import { press, said, server, show } from '@/shared/testing';
import type { Opening } from './Door';
import { NumberPanel } from './NumberPanel';

const figure: FigureView = {
  value: 33.33,
  numerator: 10,
  denominator: 30,
  unit: 'percent',
  formula: 'deals_won / solution_attended',
  previous: 31.23,
  change: 2.1,
  drill: {
    numerator: { href: '/api/rows/deals?month=2026-03&part=counted', count: 10 },
    denominator: { href: '/api/rows/calls?month=2026-03&part=counted', count: 30 },
    not_counted: { href: '/api/rows/deals?month=2026-03&part=not', count: 1 },
  },
};
const opening = (key: string, value: FigureView): Opening => ({
  id: key,
  key,
  name: key === 'close_rate' ? 'Close rate' : 'Lead to close',
  figure: value,
  scope: 'March 2026, everyone',
  against: 'February 2026',
});
const openings = [
  opening('close_rate', figure),
  opening('lead_to_close_rate', { ...figure, value: 10, denominator: 100 }),
];

const row = (name: string, counted: boolean, why: string) => ({
  row_id: name,
  occurred_at: '2026-03-29T14:00:00Z',
  contact_id: 'c1',
  name,
  counted,
  why,
  lineage: '/api/lineage/opportunities?key=opportunity_id%3Do1',
});

const rows = (total: number) =>
  server(({ path, query }) => {
    if (path === '/api/rows/calls') return { items: [], total: 30 };
    if (path !== '/api/rows/deals') return undefined;
    const counted = query.get('part') === 'counted';
    return {
      items: [
        counted ? row('Priya Patel', true, 'counted') : row('Ben Okafor', false, 'no_change'),
      ],
      total: counted ? total : 0,
    };
  });

it('opens a figure: formula with its figures, rows that count, and the proof that they add up', async () => {
  const calls = rows(10);
  await show(<NumberPanel openings={openings} />, '?panel=close_rate');
  for (const text of [
    'Close rate',
    '33.33%',
    'Δ +2.10 points to February 2026',
    'deals won ÷ call 2 taken',
    '10 ÷ 30',
    'March 2026, everyone',
    'New York time, 2 min behind',
    'Priya Patel',
    'Rows add up',
  ])
    expect(said()).toContain(text);
  expect(calls.map((call) => call.query.get('limit'))).toEqual(['100']);
  await press(/^Not counted 1/);
  expect(said()).toContain('Ben Okafor');
  expect(said()).toContain('Changed nothing in this figure');
  expect(said()).not.toContain('add up');
  await press(/^Call 2 taken 30/);
  expect(said()).toContain('Rows add up');
});

it('says so where the rows do not add up', async () => {
  rows(9);
  await show(<NumberPanel openings={openings} />, '?panel=close_rate');
  expect(said()).toContain('do not add up, please report');
});

it('leads to the next figure and to the one that is easily taken for it', async () => {
  rows(10);
  await show(<NumberPanel openings={openings} />, '?panel=close_rate');
  expect(said()).toContain('Easily taken for it');
  await press('Next number');
  expect(said()).toContain('10 ÷ 100');
  await press('Close rate 33.33%');
  expect(said()).toContain('10 ÷ 30');
});

it('shows nothing where no figure is open', async () => {
  rows(10);
  await show(<NumberPanel openings={openings} />);
  expect(said()).toBe('');
});
