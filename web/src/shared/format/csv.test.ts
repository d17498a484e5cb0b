import { expect, it } from 'vitest';
import { csv } from './csv';

it('disarms what a spreadsheet would run and keeps numbers', () => {
  const text = csv(
    ['day (New York)', 'who'],
    [
      ['2026-03-01', '=1+1'],
      [-5, 'a "b", c'],
      [null, '@x'],
    ],
  );
  expect(text).toBe(`day (New York),who\r\n2026-03-01,'=1+1\r\n-5,"a ""b"", c"\r\n,'@x\r\n`);
});
