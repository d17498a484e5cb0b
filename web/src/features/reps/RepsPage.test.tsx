import { expect, it } from 'vitest';
import type { FigureView, Figures, Unit } from '@/shared/api/numbers';
import { KEYS } from '@/shared/numbers/keys';
import { press, said, server, show } from '@/shared/testing';
import RepsPage from './RepsPage';

const figure = (
  value: number,
  unit: Unit,
  numerator = value,
  denominator?: number,
): FigureView => ({
  value,
  numerator,
  denominator: denominator ?? null,
  unit,
  formula: 'x',
  drill: { numerator: { href: '/api/rows/deals', count: numerator } },
  change: 1,
});

const MONTH: Figures = {
  ...Object.fromEntries(Object.keys(KEYS).map((key) => [key, figure(1, 'count')])),
  deals_won: figure(10, 'count'),
  close_rate: figure(33.33, 'percent', 10, 30),
  epc2_revenue: figure(666_667, 'money', 20_000_000, 30),
  cash_efficiency: figure(4000, 'percent', 20_000_000, 500_000),
  calls_to_close: figure(3, 'ratio', 30, 10),
  cash_collected: figure(10_000_000, 'money'),
};
const ADA = {
  user_id: 'ada@co.test',
  user_token: 'mada',
  email: 'ada@co.test',
  name: 'Ada',
  metrics: {
    ...MONTH,
    cash_collected: figure(7_000_000, 'money'),
    close_rate: figure(33.33, 'percent', 1, 3),
  },
};
const NOBODY = {
  user_id: null,
  user_token: 'unassigned',
  email: null,
  name: null,
  metrics: { spend: figure(500_000, 'money') },
};

const answers = () =>
  server(({ path, query }) => {
    if (path === '/api/metrics')
      return {
        month: query.get('month'),
        scope: 'all',
        mode: 'period',
        metrics: MONTH,
        per_user: [ADA, NOBODY],
        left_out: { EUR: 3 },
      };
    if (path === '/api/metrics/series') return { items: [] };
    if (path === '/api/attribution') return { rows: [], totals: {} };
    return path.startsWith('/api/rows/') ? { items: [], total: 10 } : undefined;
  });

it('shows every key figure as a door, with the values of the server', async () => {
  answers();
  await show(<RepsPage kind="sales" />, '?month=2026-03');
  for (const text of ['33.33%', '$6,666.67', '4,000.00%', '3.00', '$100,000', 'Unassigned'])
    expect(said()).toContain(text);
  const doors = [...document.querySelectorAll('[data-metric]')];
  const ids = doors.map((door) => door.getAttribute('data-metric') ?? '');
  expect(doors.every((door) => door.tagName === 'BUTTON')).toBe(true);
  expect(new Set(ids.filter((id) => !id.includes('.')))).toEqual(new Set(Object.keys(KEYS)));
  expect(ids.join(' ')).not.toContain('@');
});

it('opens a person’s figure by a name that no address book has', async () => {
  answers();
  await show(<RepsPage kind="sales" />, '?month=2026-03');
  await press('Cash, Ada: $70,000');
  expect(document.querySelector('[role=dialog]')?.textContent).toContain('Cash, Ada');
});

it('asks the server for a person by the name that stands in the page’s address', async () => {
  const calls = answers();
  await show(<RepsPage kind="setters" />, '?month=2026-03&user=mada');
  const asked = calls.filter((call) => call.path === '/api/metrics').map((call) => call.query);
  expect(asked.find((query) => query.get('month') === 'all')?.get('user')).toBeNull();
  expect(asked.find((query) => query.get('month') === '2026-03')?.get('user')).toBe('mada');
});

it('says where nothing happened, and leads to the month before', async () => {
  const calls = server(({ path }) =>
    path === '/api/metrics'
      ? { month: '2026-03', scope: 'all', mode: 'period', metrics: {}, per_user: [], left_out: {} }
      : { rows: [], items: [] },
  );
  await show(<RepsPage kind="sales" />, '?month=2026-03');
  expect(said()).toContain('No calls or deals in March 2026.');
  await press('‹ February 2026');
  expect(calls.some((call) => call.query.get('month') === '2026-02')).toBe(true);
});

it('judges at the chosen instant', async () => {
  const calls = answers();
  await show(<RepsPage kind="sales" />, '?month=2026-02', { at: '2026-03-01T05:00:00.000Z' });
  const asked = calls.filter((call) => call.path === '/api/metrics');
  expect(asked.length).toBeGreaterThan(0);
  for (const call of asked) expect(call.query.get('as_of')).toBe('2026-03-01T05:00:00.000Z');
});

it('asks for what was known at the chosen instant, which is another question', async () => {
  const calls = answers();
  await show(<RepsPage kind="sales" />, '?month=2026-02', { known: '2026-03-01T05:00:00.000Z' });
  const asked = calls.filter((call) => call.path.startsWith('/api/metrics'));
  expect(asked.length).toBeGreaterThan(0);
  for (const { query } of asked) {
    expect(query.get('known_at')).toBe('2026-03-01T05:00:00.000Z');
    expect(query.get('as_of')).toBeNull();
  }
});

it('leads who may not see another person’s numbers to their own', async () => {
  const calls = server(({ path, query }) => {
    if (path !== '/api/metrics') return { rows: [], items: [] };
    return query.has('user')
      ? Response.json({ code: 'forbidden', detail: 'no' }, { status: 403 })
      : { month: '2026-03', scope: 'own', mode: 'period', metrics: {}, per_user: [], left_out: {} };
  });
  await show(<RepsPage kind="sales" />, '?month=2026-03&user=other', { role: 'sales' });
  expect(said()).toContain('You see your own.');
  await press('Your numbers');
  expect(said()).toContain('No calls or deals in March 2026.');
  expect(calls.at(-1)?.query.has('user')).toBe(false);
});
