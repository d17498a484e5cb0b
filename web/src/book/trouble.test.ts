import { expect, it } from 'vitest';
import { ApiError } from '@/shared/api/client';
import { nextTry, worthIt } from './trouble';

const of = (status: number, after?: string) =>
  new ApiError(
    status,
    null,
    new Response(null, after === undefined ? {} : { headers: { 'retry-after': after } }),
  );

it('tries again what may go well the next time, and nothing else', () => {
  const again = [0, 429, 500, 503].map((status) => worthIt(of(status)));
  const never = [401, 404, 409, 422].map((status) => worthIt(of(status)));
  expect([...again, ...never]).toEqual([true, true, true, true, false, false, false, false]);
});

it('waits as long as the answer asks', () => {
  expect(nextTry(of(503, '2'))).toBe(2_000);
  expect(nextTry(of(429))).toBe(60_000);
  expect(nextTry(of(0))).toBe(5_000);
});
