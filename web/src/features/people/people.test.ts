import { expect, it } from 'vitest';
import { bandOf } from './Health';
import { evidenceWord, recordWord, shortRecord, stepWord, whyNotWord } from './kinds';
import { masked } from './masked';
import { moved, rowWords, tableWord, takesBack } from './moves';

const move = (from: unknown, to: unknown, key = 'month=2026-03') => ({
  table: 'gold.kpi_monthly',
  key,
  column: 'leads',
  from,
  to,
});

it('knows whether an undoing takes back exactly what was moved', () => {
  const done = [move(2, 1), move(null, 5, 'month=2026-04')];
  expect(takesBack([move(5, null, 'month=2026-04'), move(1, 2)], done)).toBe(true);
  expect(takesBack([move(1, 2)], done)).toBe(false);
  expect(takesBack([move(5, null, 'month=2026-04'), move(1, 3)], done)).toBe(false);
});

it('writes what moves in words: amounts by the name of their column, no raw id or address', () => {
  const written = (value: unknown, column: string) => moved(value, column, 'USD', 'UTC');
  expect(written(150_000, 'cash_collected_minor')).toBe('$1,500.00');
  expect(written(3, 'leads')).toBe('3');
  expect(written(null, 'leads')).toBe('–');
  expect(written(['jane@acme.co', 'joe@acme.co'], 'emails')).toBe('j…@acme.co, j…@acme.co');
  expect(written([], 'emails')).toBe('–');
  expect(written('2026-03-10T14:05:00Z', 'first_touch_at')).toMatch(/10.*2026, .*05/);
  expect(tableWord('gold.kpi_monthly')).toBe('Key figures');
  expect(tableWord('silver.new_table')).toBe('new table');
  expect(rowWords('month=2026-03,campaign=,user_id=', 'UTC')).toBe(
    'March 2026 · every campaign · Unassigned',
  );
  expect(rowWords('contact_id=0190c1d2-0000-7000-8000-00000000beef', 'UTC')).toBe('0190…beef');
});

it('shows no address that nobody asked for', () => {
  expect(masked('jane@acme.co')).toBe('j…@acme.co');
  expect(recordWord('email:jane@acme.co')).toBe('email');
  expect(recordWord('phone:+12223334444')).toBe('phone');
  expect(recordWord('record:close:contact:cont_1')).toBe('close cont_1');
  expect(recordWord('record:calendly:invitee:https://api.calendly.com/x/invitees/A1')).toBe(
    'calendly A1',
  );
});

it('has words for kinds, and for those that it does not know', () => {
  expect(stepWord('no_show')).toBe('Did not come');
  expect(stepWord('new_thing')).toBe('New thing');
  expect(evidenceWord('email_alias')).toContain('mailbox');
  expect(whyNotWord('bridging_phone')).toContain('two');
  expect(shortRecord('https://api.calendly.com/scheduled_events/E1/invitees/A1')).toBe('A1');
});

it('puts a score in one of three bands', () => {
  expect([60, 59, 40, 39].map(bandOf)).toEqual(['good', 'fair', 'fair', 'poor']);
});
