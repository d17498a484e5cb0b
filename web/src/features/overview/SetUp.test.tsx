import { expect, it } from 'vitest';
import { server, show } from '@/shared/testing';
import { SetUp } from './SetUp';

const steps = () =>
  [...document.querySelectorAll('li')].map((step) =>
    step.querySelector('svg')?.getAttribute('aria-label'),
  );

it('ticks a step of the set-up by a fact', async () => {
  server(({ path }) => {
    if (path === '/api/ops') return { subscriptions: [{ state: 'active' }] };
    if (path === '/api/inbox') return { items: [{}] };
    return path === '/api/ad-spend' ? { items: [] } : undefined;
  });
  await show(<SetUp />, '', { asOf: null });
  expect(steps()).toEqual(['done', 'done', 'not yet', 'not yet']);
});
