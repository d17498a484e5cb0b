import { describe, expect, it } from 'vitest';
import { count, decimal, delta, money, percent, ratio } from './number';
import { sentence } from './words';

describe('money', () => {
  it.each([
    [15_000, 'USD', '150.00'],
    [-5, 'USD', '-0.05'],
    [15_000, 'JPY', '15000'],
    [15_000, 'KWD', '15.000'],
    [9_007_199_254_740_991, 'USD', '90071992547409.91'],
  ])('%i of %s is exactly %s', (minor, currency, text) => {
    expect(decimal(minor, currency)).toBe(text);
  });

  it('is written with its sign, its currency and no lost digit', () => {
    expect(money(2_000_000, 'USD', { locale: 'en-US' })).toBe('$20,000.00');
    expect(money(2_000_000, 'USD', { locale: 'en-US', short: true })).toBe('$20,000');
    expect(money(2_000_050, 'USD', { locale: 'en-US', short: true })).toBe('$20,000.50');
    expect(money(-700_000, 'USD', { locale: 'en-US' })).toBe('−$7,000.00');
    expect(money(9_007_199_254_740_991, 'USD', { locale: 'en-US' })).toBe('$90,071,992,547,409.91');
    expect(money(null, 'USD')).toBe('–');
  });
});

describe('figures', () => {
  it('keep two digits, and a dash stands for nothing to divide by', () => {
    expect(percent(33.33, 'en-US')).toBe('33.33%');
    expect(percent(4000, 'en-US')).toBe('4,000.00%');
    expect(ratio(3, 'en-US')).toBe('3.00');
    expect(count(1204, 'en-US')).toBe('1,204');
    expect(percent(null)).toBe('–');
    expect(delta(3)).toBe('Δ +3');
    expect(sentence('AWAITING_PAYMENT')).toBe('Awaiting payment');
  });
});
