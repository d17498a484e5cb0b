import { expect, it } from 'vitest';
import { press, said, server, show } from '@/shared/testing';
import { DecideDialog } from './DecideDialog';

const done = [{ table: 'gold.kpi_monthly', key: 'month=2026-03', column: 'leads', from: 2, to: 1 }];
const back = [{ ...done[0], from: 1, to: 2 }];
const merge = { kind: 'merge', into: 'a', from: 'b', reason: 'one phone' } as const;

const answers = (undone: unknown[]) =>
  server(({ path, body }) => {
    const dry = (body as { dry_run?: boolean }).dry_run === true;
    if (path === '/api/contacts/merge')
      return { merge_id: dry ? null : 'm1', dry_run: dry, moves: done };
    if (path === '/api/contacts/unmerge')
      return { merge_id: dry ? null : 'm2', dry_run: dry, moves: undone };
    return undefined;
  });

const shown = () =>
  show(<DecideDialog decision={merge} title="Merge two contacts" onClose={() => undefined} />);

it('shows what would move, merges, and takes it back with everything as before', async () => {
  const calls = answers(back);
  await shown();
  expect(said()).toContain('exactly this moves');
  expect(said()).toContain('March 2026Leads21');
  const asked = calls.filter((call) => call.path.startsWith('/api/contacts/'));
  expect(asked.map((call) => call.body)).toEqual([
    { into: 'a', from: 'b', reason: 'one phone', dry_run: true },
  ]);
  await press('Merge these two');
  expect(said()).toContain('Merged');
  await press('Undo');
  expect(said()).toContain('All numbers as before');
  const posts = calls.filter((call) => call.method === 'POST');
  expect(posts.at(-1)?.body).toEqual({ merge_id: 'm1' });
});

it('says so where an undoing leaves something else', async () => {
  answers([]);
  await shown();
  await press('Merge these two');
  await press('Undo');
  expect(said()).toContain('Not all numbers are as before');
});

it('decides nothing where the server does not say what would move', async () => {
  const calls = server(() => undefined);
  await shown();
  expect(said()).toContain('Could not load');
  const button = [...document.querySelectorAll('button')].find(
    (one) => one.textContent === 'Merge these two',
  );
  expect(button?.disabled).toBe(true);
  expect(calls).toHaveLength(1);
});
