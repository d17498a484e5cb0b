import { expect, it } from 'vitest';
import { channelColour, share, step, highest, stacked } from './scale';

it('draws nothing for nothing and the whole length for the greatest', () => {
  expect([share(0, 8), share(4, 8), share(8, 8), share(1, 0)]).toEqual([0, 50, 100, 0]);
  expect([step(0, 9), step(1, 9), step(9, 9)]).toEqual([0, 1, 6]);
});

it('gives a channel one colour and the unknown none', () => {
  const names = ['google', 'unknown', 'email'];
  expect(channelColour('email', names)).toBe('var(--chart-1)');
  expect(channelColour('google', names)).toBe('var(--chart-2)');
  expect(channelColour('unknown', names)).toBe('var(--ink-3)');
});

it('puts figures upon each other', () => {
  expect(stacked([1, 3], 8)).toEqual([
    { from: 0, length: 12.5 },
    { from: 12.5, length: 37.5 },
  ]);
  expect(highest([[1, 3], [2], []])).toBe(4);
});
