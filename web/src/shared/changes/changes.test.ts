import { expect, it } from 'vitest';
import { grouped, isMoney, monthOf, movedBy, rowOf, type Change } from './changes';

const change = (key: Change['key'], from: unknown = 1): Change => ({
  at: '2026-03-02T10:00:00Z',
  table: 'gold.x',
  key,
  column: 'bookings',
  from,
  to: 2,
  cause: { action: 'time_passed', actor: 'etl' },
});

it('knows the month of a row by its key', () => {
  expect(monthOf({ month: '2026-02', channel: 'google' })).toBe('2026-02');
  expect(monthOf({ booking_date: '2026-02-28' })).toBe('2026-02');
  expect(monthOf({ contact_id: 'c1' })).toBeNull();
});

it('knows which columns are money', () => {
  const of = (table: string, column: string) => isMoney({ table, column });
  expect(of('gold.cost_per_booking', 'spend_minor')).toBe(true);
  expect(of('gold.kpi_monthly', 'revenue')).toBe(true);
  expect(of('gold.kpi_monthly', 'leads')).toBe(false);
  expect(of('gold.x', 'revenue')).toBe(false);
});

it('knows what a delivery moved, alone or together with others', () => {
  const by = (delivery_id: string, others: string[] = []): Change => ({
    ...change({ month: '2026-02' }),
    cause: { delivery_id, vendor: 'calendly', kind: 'invitee.created', others },
  });
  const [own, other, together] = [by('d1'), by('d2'), by('d3', ['d1'])];
  expect(movedBy([own, other, together, change({ month: '2026-02' })], 'd1')).toEqual([
    own,
    together,
  ]);
});

it('puts changes under what caused them, figures of a month first', () => {
  const by = (delivery_id: string, table: string, column: string): Change => ({
    ...change({ month: '2026-02' }),
    table,
    column,
    cause: { delivery_id, vendor: 'calendly', kind: 'invitee.created', others: [] },
  });
  const found = grouped([
    by('d1', 'gold.bookings_trend', 'bookings_7d_avg'),
    by('d2', 'gold.bookings_trend', 'bookings'),
    by('d1', 'gold.kpi_monthly', 'leads'),
  ]);
  expect(found.map((group) => group.changes.map((one) => one.column))).toEqual([
    ['leads', 'bookings_7d_avg'],
    ['bookings'],
  ]);
});

it('says what a row is about in words, people by name', () => {
  const people = new Map([['ann@demo.test', 'Ann Setter']]);
  expect(
    rowOf(
      { booking_date: '2026-02-03', user_id: 'ann@demo.test', channel: 'youtube_paid_ads', x: '' },
      people,
    ),
  ).toEqual(['3 Feb 2026', 'Ann Setter', 'YouTube Ads']);
});
