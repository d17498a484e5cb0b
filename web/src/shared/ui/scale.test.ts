import { expect, it } from 'vitest';
import { channelColour, share, step, highest, stacked, ticks } from './scale';

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

it('ticks are round and hold all figures', () => {
  expect(ticks(0, 52_500)).toEqual([0, 20_000, 40_000, 60_000]);
  expect(ticks(0, 100)).toEqual([0, 25, 50, 75, 100]);
  expect(ticks(-3, 8)).toEqual([-5, 0, 5, 10]);
  expect(ticks(0, 0)).toEqual([0]);
});
