import { expect, it } from 'vitest';
import { minorOf } from './minor';

it('reads an amount as it is typed, to the last minor unit', () => {
  expect(minorOf('150', 'USD')).toBe(15_000);
  expect(minorOf('150.5', 'USD')).toBe(15_050);
  expect(minorOf('0,07', 'EUR')).toBe(7);
  expect(minorOf('15000', 'JPY')).toBe(15_000);
  expect(minorOf('15.000', 'KWD')).toBe(15_000);
  for (const wrong of ['', '0', '-5', '1.234', 'abc', '1e9'])
    expect(minorOf(wrong, 'USD')).toBeNull();
});
