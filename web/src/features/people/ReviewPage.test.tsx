import { expect, it } from 'vitest';
import { press, said, server, show } from '@/shared/testing';
import ReviewPage from './ReviewPage';

const contact = (id: string, name: string | null) => ({ contact_id: id, name });
const line = (id: string, part: object) => ({
  merge_id: id,
  at: '2026-03-01T12:00:00Z',
  actor: 'u7',
  kind: 'merge',
  contacts: [],
  reason: null,
  takes_back: null,
  counts: true,
  ...part,
});

const answers = () =>
  server(({ path }) => {
    if (path === '/api/contacts/candidates') return { items: [], total: 0 };
    if (path === '/api/users') return { items: [{ id: 'u7', name: 'Ada Chen', email: 'a@x' }] };
    if (path === '/api/contacts/unmerge') return { merge_id: null, dry_run: true, moves: [] };
    if (path === '/api/contacts/decisions')
      return {
        items: [
          line('m3', { kind: 'unmerge', takes_back: 'm1' }),
          line('m2', {
            reason: 'one phone',
            contacts: [contact('c1', 'Jane'), contact('c1', 'Jane')],
          }),
          line('m1', {
            kind: 'not_the_same',
            counts: false,
            contacts: [contact('c1', 'Jane'), contact('c2', null)],
          }),
        ],
        total: 3,
      };
    return undefined;
  });

it('lists what was decided, with who and why, and takes back what counts', async () => {
  answers();
  await show(<ReviewPage />);
  expect(said()).toContain('No doubtful pairs ✓');
  const rows = [...document.querySelectorAll('[aria-label="decisions"] tbody tr')];
  expect(rows).toHaveLength(3);
  expect(rows[1]?.textContent).toContain('one phone');
  expect(rows[1]?.textContent).toContain('Ada Chen');
  // After a merge both are one contact, which stands there once.
  expect(rows[1]?.querySelectorAll('a')).toHaveLength(1);
  expect(rows[2]?.textContent).toContain('Taken back');
  expect(rows[2]?.querySelector('button')).toBeNull();
  await press('Undo…');
  expect(said()).toContain('Take a decision back');
});
