import { expect, it } from 'vitest';
import { carried, momentIn } from './moment';

const params = new URLSearchParams(
  'at=2026-03-01T05:00:00.000Z&month=2026-02&user=u1&panel=close_rate&alert=x',
);

it('takes the instant along everywhere, filters among pages of numbers only', () => {
  expect(carried('/app/sales', params)).toBe(
    '/app/sales?at=2026-03-01T05%3A00%3A00.000Z&month=2026-02&user=u1',
  );
  // Who sees one person's numbers only takes no other person along.
  expect(carried('/app/sales', params, true)).toBe(
    '/app/sales?at=2026-03-01T05%3A00%3A00.000Z&month=2026-02',
  );
  expect(carried('/app/customers', params)).toBe('/app/customers?at=2026-03-01T05%3A00%3A00.000Z');
  expect(carried('/app/users', new URLSearchParams('panel=x'))).toBe('/app/users');
});

it('takes only an instant for an instant', () => {
  expect(momentIn(params)).toBe('2026-03-01T05:00:00.000Z');
  expect(momentIn(new URLSearchParams('at=yesterday'))).toBeNull();
});
