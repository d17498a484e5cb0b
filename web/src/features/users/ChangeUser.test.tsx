import { expect, it } from 'vitest';
import { press, server, show } from '@/shared/testing';
import { ChangeUser } from './ChangeUser';

const USER = {
  id: 'u7',
  email: 'ada@example.test',
  name: 'Ada Chen',
  role: 'sales',
  disabled: false,
};

it('takes access away only by a second press', async () => {
  const calls = server(() => USER);
  await show(<ChangeUser user={USER} onClose={() => undefined} />);
  await press('Disable…');
  expect(calls).toEqual([]);
  await press('Disable, and end all sessions');
  expect(calls.map(({ method, path, body }) => [method, path, body])).toEqual([
    ['PATCH', '/api/users/u7', { disabled: true }],
  ]);
});

it('removes two-factor login, and leads to what the person did', async () => {
  const calls = server(() => ({}));
  await show(<ChangeUser user={USER} onClose={() => undefined} />);
  expect(document.querySelector('a')?.getAttribute('href')).toBe('/app/audit?actor=u7');
  await press('Remove two-factor login');
  expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'DELETE /api/users/u7/totp',
  ]);
});
