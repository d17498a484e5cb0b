import { expect, it } from 'vitest';
import { server } from '@/shared/testing';
import { ApiError } from './client';
import { address, get } from './get';

it('keeps the query of an address and adds to it', () => {
  expect(address('/api/rows/deals?month=2026-03&user=a%40b.test', { cursor: '100' })).toBe(
    '/api/rows/deals?month=2026-03&user=a%40b.test&cursor=100',
  );
  expect(address('/api/metrics', { month: 'all', user: null, mode: undefined })).toBe(
    '/api/metrics?month=all',
  );
});

it('makes an error of a problem', async () => {
  server(() => undefined);
  const error: unknown = await get('/api/none').catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 404, code: 'not_found' });
});
