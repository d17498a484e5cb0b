import { act } from 'react';
import { expect, it } from 'vitest';
import type { Contact } from '@/shared/api/people';
import { press, said, server, show } from '@/shared/testing';
import { EraseDialog } from './EraseDialog';

const PERSON = { contact_id: 'p1', name: 'Priya Patel' } as Contact;
const report = (hits: number) => ({
  subject_hash: 'ab12',
  dry_run: hits > 0,
  erased: { raw_objects: 3, bookings: 2 },
  scan: {
    searched: ['raw', 'bronze'],
    objects: 120,
    rows: 900,
    items: 80,
    hits,
    in_tables: 0,
    in_items: 0,
  },
  vendor_tasks: [{ vendor: 'close', action: 'delete_contact', id: 'c4', status: 'pending' }],
  rebuild_due: true,
});

const type = (text: string) => {
  const field = document.querySelector('input');
  if (!field) throw new Error('no field');
  act(() => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, text);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
};

it('says what goes, erases only after the word, and shows what the search found', async () => {
  const calls = server(({ query }) => report(query.get('dry_run') === 'true' ? 5 : 0));
  await show(<EraseDialog person={PERSON} onClose={() => undefined} />);
  expect(said()).toContain('the person is in 5 of them');
  expect(said()).toContain('Delete contact: pending');
  const button = () =>
    [...document.querySelectorAll('button')].find((one) => one.textContent === 'Erase for good');
  expect(button()?.disabled).toBe(true);
  type('erase');
  expect(button()?.disabled).toBe(true);
  type('ERASE');
  await press('Erase for good');
  expect(said()).toContain('Nothing left');
  expect(calls.map((call) => `${call.method} ${call.query.toString()}`)).toEqual([
    'DELETE dry_run=true',
    'DELETE ',
  ]);
});
