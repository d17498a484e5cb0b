import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { RUNBOOK } from './runbook';

/** Codes of the alarms in a document's tables: the first column of the part that a headline begins. */
const codes = (path: string, after: string): string[] => {
  const [, part = ''] = readFileSync(path, 'utf8').split(after);
  const [table = ''] = part.split('\n\n').filter((block) => block.includes('|---'));
  return [...table.matchAll(/^\| `([a-z_]+)` /gm)].map(([, code = '']) => code);
};

it('says what to do about every alarm that the documents list', () => {
  const known = [
    ...codes('../docs/PAYMENTS.md', '## Alarms of `GET /api/ops`'),
    ...codes('../docs/OPERATIONS.md', 'under a set clock'),
  ];
  expect(known.length).toBeGreaterThan(15);
  expect(known.filter((code) => !(code in RUNBOOK))).toEqual([]);
  for (const { todo } of Object.values(RUNBOOK)) expect(todo).toMatch(/^[A-Z].{30,}\.$/);
});

it('leads to the booking that an alarm names, also in the name of an effect', () => {
  const id = '7f3a0000-1111-4222-8333-444455556666';
  expect(RUNBOOK['booking_stuck']?.place?.(id)[0]).toBe(`/app/bookings/${id}`);
  expect(RUNBOOK['effect_overdue']?.place?.(`crm:${id}:CONFIRMED`)[0]).toBe(`/app/bookings/${id}`);
  expect(RUNBOOK['booking_stuck']?.place?.('unconfirmed')[0]).toBe('/app/bookings?view=stuck');
});
