import { expect, it } from 'vitest';
import { formulaWords, KEYS, whyWord } from './keys';
import { tokenOf, UNASSIGNED } from './people';
import { addsUp, changeText, valueText } from './text';

/** The key figures of the API. */
const CONTRACT =
  'leads triage_booked triage_attended triage_show_rate triage_cancel_rate triage_no_show_rate ' +
  'solution_booked solution_attended solution_show_rate solution_cancel_rate solution_no_show_rate ' +
  'triage_to_solution_rate solution_per_triage_attended direct_booking_rate deals_won close_rate ' +
  'lead_to_close_rate revenue cash_collected spend cpl cost_per_triage_booked cost_per_solution_booked ' +
  'cost_per_solution_attended cash_per_solution_booked cash_per_solution_attended epc2_revenue epc2_cash ' +
  'profit profit_per_solution_attended profit_per_call2 avg_contract_value avg_cash_per_deal ' +
  'calls_to_close cash_efficiency cash_roi profit_efficiency admin_missing_rate';

it('has a name and a meaning for every key figure', () => {
  expect(Object.keys(KEYS)).toEqual(CONTRACT.split(' '));
  const names = Object.values(KEYS).map((word) => word.name);
  expect(new Set(names).size).toBe(names.length);
  for (const { alike = [] } of Object.values(KEYS))
    for (const key of alike) expect(KEYS).toHaveProperty(key);
});

it('writes formulas with names', () => {
  expect(formulaWords('deals_won / solution_attended')).toBe('deals won ÷ call 2 taken');
  expect(formulaWords('(cash_collected - spend) / solution_attended')).toBe(
    '(cash − spend) ÷ call 2 taken',
  );
  expect(formulaWords('triage calls that were attended')).toBe('triage calls that were attended');
});

it('says why a row counts or not, also with a reason that it does not know', () => {
  expect(whyWord('no_show')).toBe('Nobody came');
  expect(whyWord('some_new_reason')).toBe('Some new reason');
});

const rate = {
  value: 33.33,
  numerator: 10,
  denominator: 30,
  unit: 'percent',
  formula: 'deals_won / solution_attended',
} as const;
const cash = { value: 10_000_000, numerator: 10_000_000, unit: 'money', formula: 'x' } as const;

it('writes figures in their unit, and nothing to divide by as a dash', () => {
  expect(valueText(rate, 'USD')).toBe('33.33%');
  expect(valueText({ ...rate, unit: 'ratio', value: 3 }, 'USD')).toBe('3.00');
  expect(valueText({ ...rate, value: null }, 'USD')).toBe('–');
  expect(valueText(cash, 'USD', true)).toBe('$100,000');
  expect(valueText({ ...cash, currency: 'JPY' }, 'USD', true)).toBe('¥10,000,000');
});

it('marks a difference', () => {
  expect(changeText({ ...rate, change: 2.1 }, 'USD')).toBe('Δ +2.10 points');
  expect(changeText({ ...cash, change: -30_000 }, 'USD')).toBe('Δ −$300');
  expect(changeText(rate, 'USD')).toBeNull();
});

it('compares a part with the server’s totals of its rows', () => {
  const part = { href: '/api/rows/deals', count: 10 };
  expect(addsUp(part, 10, { total: 10 })).toBe(true);
  expect(addsUp(part, 10, { total: 9 })).toBe(false);
  const amount = { ...part, sum_minor: 500 };
  expect(addsUp(amount, 500, { total: 10, total_minor: 500 })).toBe(true);
  expect(addsUp(amount, 500, { total: 10, total_minor: 499 })).toBe(false);
  expect(addsUp(amount, 500, { total: 10 })).toBe(false);
  expect(addsUp(part, null, { total: 10 })).toBeNull();
});

it('names people by what the API calls them in links', () => {
  expect(tokenOf({ user_token: 'm0199' })).toBe('m0199');
  expect(tokenOf({})).toBe(UNASSIGNED);
});
