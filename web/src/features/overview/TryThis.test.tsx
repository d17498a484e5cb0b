import { beforeEach, expect, it } from 'vitest';
import { useDemo } from '@/shared/demo';
import { press, said, show } from '@/shared/testing';
import { TryThis } from './TryThis';

beforeEach(() => {
  useDemo.getState().putAway();
});

it('is not there for who did not come in by a login of the demo', async () => {
  await show(<TryThis />);
  expect(said()).toBe('');
});

it('offers a guest of the demo what their role may open, until it is put away', async () => {
  useDemo.getState().begin();
  await show(<TryThis />, '', { role: 'sales' });
  expect(said()).toContain('Put two models of attribution side by side');
  expect(said()).not.toContain('Process a failed delivery again');
  await press('Put away');
  expect(said()).toBe('');
});
