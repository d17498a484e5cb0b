import { expect, it } from 'vitest';
import { csv } from './csv';

it('disarms what a spreadsheet would run and keeps numbers', () => {
  const text = csv(
    ['day (New York)', 'who'],
    [
      ['2026-03-01', '=1+1'],
      [-5, 'a "b", c'],
      [null, '@x'],
      ['-0.33', '-1+2'],
      ['+12125550100', '-x'],
    ],
  );
  expect(text).toBe(
    `day (New York),who\r\n2026-03-01,'=1+1\r\n-5,"a ""b"", c"\r\n,'@x\r\n-0.33,'-1+2\r\n'+12125550100,'-x\r\n`,
  );
});
