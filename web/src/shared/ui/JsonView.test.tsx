import { act } from 'react';
import { expect, it } from 'vitest';
import { said, show } from '@/shared/testing';
import { holds, JsonView } from './JsonView';

const BODY = JSON.stringify({
  event: 'invitee.created',
  payload: { tracking: { utm_source: 'facebook' }, questions: [{ answer: 'Thursday' }] },
});

const find = (text: string) => {
  const field = document.querySelector<HTMLInputElement>('input[type=search]');
  if (!field) throw new Error('no field to find in');
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set;
  act(() => {
    set?.call(field, text);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
};

it('finds a text in names and in values, however deep', () => {
  const body: unknown = JSON.parse(BODY);
  expect(holds('facebook', body)).toBe(true);
  expect(holds('utm_source', body)).toBe(true);
  expect(holds('google', body)).toBe(false);
});

it('shows only the branches that have what is looked for, opened', async () => {
  await show(<JsonView text={BODY} />);
  expect(said()).toContain('invitee.created');
  find('Thursday');
  expect(said()).toContain('Thursday');
  expect(said()).not.toContain('facebook');
  expect([...document.querySelectorAll('details')].every((one) => one.open)).toBe(true);
  find('nowhere');
  expect(said()).toContain('Nothing in it has this text.');
});
