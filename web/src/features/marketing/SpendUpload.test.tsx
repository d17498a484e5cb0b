import { act } from 'react';
import { expect, it } from 'vitest';
import { press, said, server, settle, show } from '@/shared/testing';
import { SpendUpload } from './SpendUpload';

async function choose(name: string): Promise<void> {
  const input = document.querySelector<HTMLInputElement>('input[type="file"]');
  if (!input) throw new Error('nothing takes a file');
  const file = new File(['day,channel,campaign,amount_minor,currency\n'], name);
  Object.defineProperty(input, 'files', { value: [file], configurable: true });
  Object.defineProperty(input, 'value', { value: '', writable: true, configurable: true });
  act(() => {
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await settle();
}

it('looks at a file first, and records it when it is told to', async () => {
  const calls = server(() => ({ accepted: 3, changed: 2, unchanged: 1 }));
  await show(<SpendUpload />);
  await choose('march.csv');
  const dry = () => calls.map((call) => call.query.get('dry_run'));
  expect(dry()).toEqual(['true']);
  expect(said()).toContain('march.csv can be recorded: 3 rows, 2 new or changed, 1 as before.');
  await press('Record 2 rows');
  expect(dry()).toEqual(['true', 'false']);
  expect(said()).toContain('march.csv is recorded: 3 rows, 2 new or changed, 1 as before.');
});

it('has nothing to record of a file that says what is known', async () => {
  server(() => ({ accepted: 3, changed: 0, unchanged: 3 }));
  await show(<SpendUpload />);
  await choose('again.csv');
  expect(said()).toContain('again.csv says nothing new.');
  expect(said()).not.toContain('Record 0');
});

it('has a line for every fault', async () => {
  const faults = ['line 2: `x` is no day (YYYY-MM-DD)', 'line 5: channel is empty'];
  const problem = { code: 'invalid_body', detail: faults.join('; '), extensions: { faults } };
  server(() => Response.json(problem, { status: 422 }));
  await show(<SpendUpload />);
  await choose('april.csv');
  expect(said()).toContain('april.csv was not recorded. 2 faults:');
  const lines = [...document.querySelectorAll('[role="alert"] li')].map((li) => li.textContent);
  expect(lines).toEqual(['line 2: x is no day (YYYY-MM-DD)', 'line 5: channel is empty']);
});
