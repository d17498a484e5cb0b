import { act } from 'react';
import { expect, it } from 'vitest';
import { said, server, show, settle } from '@/shared/testing';
import WhatIfPage from './WhatIfPage';

const CONFIGURED_S = 1800;
const WAITS_S = [300, 600, 900, 1200, 1800, 2700, 3600, 5400, 7200, 10_800, 14_400];

const answered = {
  confirmations: 1204,
  configured_wait_seconds: CONFIGURED_S,
  waits: WAITS_S.map((wait_seconds, at) => ({
    wait_seconds,
    replied_before: 100 + at,
    stopped: 7,
    follow_ups: 900 - at,
    parts: 1800 - at,
    cost: `${String(14 - at)}.2200`,
    sends_saved: at - 4,
    cost_saved: `${String(at - 4)}.0316`,
  })),
};

const slider = (): HTMLInputElement => {
  const found = document.querySelector<HTMLInputElement>('input[type=range]');
  if (!found) throw new Error(`no slider in: ${said()}`);
  return found;
};

const move = async (place: number) => {
  act(() => {
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set;
    set?.call(slider(), String(place));
    slider().dispatchEvent(new Event('input', { bubbles: true }));
  });
  await settle();
};

it('asks once for all waits, begins at the configured one, and moves without asking again', async () => {
  const calls = server(({ path }) => (path === '/api/messages/what-if' ? answered : undefined));
  await show(<WhatIfPage />);
  expect(calls.map((call) => call.query.get('wait'))).toEqual([
    '5m,10m,15m,20m,30m,45m,60m,90m,120m,180m,240m',
  ]);
  expect(slider().value).toBe('4');
  expect(slider().getAttribute('aria-valuetext')).toBe('30 min');
  expect(said()).toContain('1,204 confirmations');
  await move(6);
  expect(slider().getAttribute('aria-valuetext')).toBe('60 min');
  expect(said()).toContain('$2.03');
  expect(said()).toContain('894');
  expect(calls).toHaveLength(1);
});

it('takes minutes as a number; what is no stop counts as the stop below', async () => {
  server(() => answered);
  await show(<WhatIfPage />);
  const field = document.querySelector<HTMLInputElement>('input[type=number]');
  expect(field?.value).toBe('30');
  const type = async (text: string) => {
    act(() => {
      const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set;
      set?.call(field, text);
      field?.dispatchEvent(new Event('input', { bubbles: true }));
    });
    await settle();
  };
  await type('100');
  expect(slider().getAttribute('aria-valuetext')).toBe('90 min');
  expect(said()).toContain('shown: 90, the stop below');
  await type('3');
  expect(slider().getAttribute('aria-valuetext')).toBe('90 min');
  expect(said()).toContain('It must be from 5 to 240.');
});

it('begins at the wait of the address, and says when nothing was due', async () => {
  server(() => answered);
  await show(<WhatIfPage />, '?wait=90');
  expect(slider().getAttribute('aria-valuetext')).toBe('90 min');
  expect(slider().value).toBe('7');
  document.body.innerHTML = '';
  server(() => ({ ...answered, confirmations: 0 }));
  await show(<WhatIfPage />);
  expect(said()).toContain('No confirmation was sent');
});
