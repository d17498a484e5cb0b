import { expect, test } from 'vitest';
import { parseAsDay, parseAsMonth } from './address';
import { isDay, isMonth } from './time';

test('a month or a day is one that the calendar has', () => {
  for (const text of ['2026-01', '2026-12', '1970-01']) expect(isMonth(text)).toBe(true);
  for (const text of ['2026-13', '2026-00', '26-01', 'zz', '', '2026-01-01'])
    expect(isMonth(text)).toBe(false);
  for (const text of ['2026-02-28', '2024-02-29', '2026-12-31']) expect(isDay(text)).toBe(true);
  for (const text of ['2026-02-29', '2026-04-31', '2026-1-1', 'abc', '2026-02', '2026-02-00'])
    expect(isDay(text)).toBe(false);
});

test('what is neither counts as not said', () => {
  const month = parseAsMonth('all');
  expect([month.parse('2026-03'), month.parse('all'), month.parse('rubbish')]).toEqual([
    '2026-03',
    'all',
    null,
  ]);
  expect([parseAsDay.parse('2026-03-01'), parseAsDay.parse('zzz')]).toEqual(['2026-03-01', null]);
});
