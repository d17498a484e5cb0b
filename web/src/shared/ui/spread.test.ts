import { expect, it } from 'vitest';
import { spread } from './spread';

const at = (...places: number[]) =>
  spread(places.map((place) => ({ place, width: 4, of: place }))).map((one) => one.at);

it('leaves labels where they are if there is room', () => {
  expect(at(50, 10, 30)).toEqual([10, 30, 50]);
});

it('moves labels apart around their middle, and not over the ends', () => {
  expect(at(50, 50)).toEqual([48, 52]);
  expect(at(0, 0, 0)).toEqual([2, 6, 10]);
  expect(at(100, 99)).toEqual([94, 98]);
});
