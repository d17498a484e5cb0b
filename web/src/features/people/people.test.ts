import { expect, it } from 'vitest';
import { bandOf } from './Health';
import { evidenceWord, recordWord, shortRecord, stepWord, whyNotWord } from './kinds';
import { masked } from './masked';
import { moved, takesBack } from './moves';

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

it('writes amounts by the name of their column', () => {
  expect(moved(150_000, 'cash_collected_minor', 'USD')).toBe('$1,500.00');
  expect(moved(3, 'leads', 'USD')).toBe('3');
  expect(moved(null, 'leads', 'USD')).toBe('–');
  expect(moved(['a'], 'emails', 'USD')).toBe('["a"]');
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
