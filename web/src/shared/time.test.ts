import { expect, it } from 'vitest';
import {
  compactUtc,
  dateTime,
  day,
  daysOf,
  dayIn,
  inZones,
  instantOf,
  within,
  wallOf,
  knownZone,
  month,
  said,
  shiftMonth,
  startMonth,
  startOf,
  zoneName,
} from './time';
import { duration } from '@/shared/format/duration';

it('writes an instant in the zone that is asked for', () => {
  expect(dateTime('2026-03-10T18:05:00Z', 'America/New_York')).toBe('10 Mar 2026, 14:05');
  expect(dateTime('2026-03-10T18:05:00Z', 'Pacific/Auckland')).toBe('11 Mar 2026, 07:05');
});

it('says a call over midnight without the days, which stand before it', () => {
  const inKolkata = (from: string, to: string | null) => said(from, to, 'Asia/Kolkata', 'en-US');
  expect(inKolkata('2026-12-02T18:00:00Z', '2026-12-02T19:00:00Z')).toBe('11:30 PM – 12:30 AM');
  expect(inKolkata('2026-12-02T06:30:00Z', '2026-12-02T07:00:00Z')).toMatch(
    /^12:00\s–\s12:30\sPM$/,
  );
  expect(inKolkata('2026-12-02T18:00:00Z', null)).toBe('11:30 PM');
});

it('keeps a calendar day whatever the zone of the browser', () => {
  expect(day('2026-03-01')).toBe('1 Mar 2026');
  expect(month('2026-03')).toBe('March 2026');
  expect(daysOf('2026-02')).toEqual({ from: '2026-02-01', to: '2026-02-28' });
  expect(shiftMonth('2026-01', -1)).toBe('2025-12');
});

it('ends a bound that belongs to what it ends just before the next day', () => {
  expect(within('2026-03-01', '2026-03-01', 'America/New_York')).toEqual({
    from: '2026-03-01T05:00:00.000Z',
    to: '2026-03-02T04:59:59.999999Z',
  });
  expect(within(null, null, 'UTC')).toEqual({});
});

it('names zones and lengths in words', () => {
  expect(zoneName('America/New_York')).toBe('New York');
  expect(knownZone('Nowhere/Else')).toBe('UTC');
  expect(duration(661)).toBe('11 min');
  expect(duration(7200)).toBe('2 h');
  expect(compactUtc('2026-03-10T14:00:00Z')).toBe('20260310T140000Z');
});

it('knows when a day begins in a zone, also in the nights in which clocks change', () => {
  expect(startOf('2026-03-10', 'America/New_York')).toBe('2026-03-10T04:00:00.000Z');
  expect(startOf('2026-03-08', 'America/New_York')).toBe('2026-03-08T05:00:00.000Z');
  expect(startOf('2026-03-09', 'America/New_York')).toBe('2026-03-09T04:00:00.000Z');
  expect(startOf('2026-11-02', 'America/New_York')).toBe('2026-11-02T05:00:00.000Z');
  expect(startOf('2026-03-01', 'Pacific/Auckland')).toBe('2026-02-28T11:00:00.000Z');
  expect(startOf('2026-03-01', 'UTC')).toBe('2026-03-01T00:00:00.000Z');
});

it('reads a zone’s clock both ways', () => {
  expect(instantOf('2026-03-31T18:30', 'America/New_York')).toBe('2026-03-31T22:30:00.000Z');
  expect(wallOf('2026-03-31T22:30:00Z', 'America/New_York')).toBe('2026-03-31T18:30');
  expect(dayIn('2026-04-01T03:00:00Z', 'America/New_York')).toBe('2026-03-31');
});

it('writes an instant in each zone once, and in UTC', () => {
  const zones = ['America/New_York', 'Pacific/Auckland', 'America/New_York'];
  expect(inZones('2026-03-10T18:05:00Z', zones).split('\n')).toEqual([
    expect.stringMatching(/^10 Mar.* New York$/),
    expect.stringMatching(/^11 Mar.* Auckland$/),
    '2026-03-10T18:05:00Z',
  ]);
});

it('opens on the month before as long as a month is young', () => {
  expect(startMonth('2026-12-02')).toBe('2026-11');
  expect(startMonth('2026-01-07')).toBe('2025-12');
  expect(startMonth('2026-12-08')).toBe('2026-12');
});
