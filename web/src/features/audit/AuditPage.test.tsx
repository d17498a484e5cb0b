import { expect, it } from 'vitest';
import { press, said, server, show } from '@/shared/testing';
import AuditPage from './AuditPage';

const line = (at: string, actor: string, action: string, subject: string) => ({
  at,
  actor,
  action,
  subject,
});
const LINES = [
  line('2026-03-02T01:00:00Z', 'u7', 'booking_refunded', '7f3a0000-1111-4222-8333-444455556666'),
  line('2026-03-01T15:00:00Z', 'u8', 'raw_read', 'd1'),
  line('2026-02-28T15:00:00Z', 'u7', 'user_added', 'u8'),
];

const answers = () =>
  server(({ path, query }) => {
    if (path === '/api/users')
      return {
        items: [
          { id: 'u7', name: 'Ada Chen', email: 'a@x' },
          { id: 'u8', name: null, email: 'b@x' },
        ],
      };
    if (path === '/api/audit') {
      const is = (name: string, value: string) => !query.has(name) || query.get(name) === value;
      const from = query.get('from') ?? '';
      const to = query.get('to') ?? '9';
      return {
        items: LINES.filter(
          (one) =>
            is('actor', one.actor) && is('action', one.action) && from <= one.at && one.at <= to,
        ),
      };
    }
    return undefined;
  });

const rows = () =>
  [...document.querySelectorAll('[aria-label="audit"] tbody tr')].map((row) => row.textContent);

it('names who did it and leads to what it was done to', async () => {
  answers();
  await show(<AuditPage />);
  expect(rows()).toHaveLength(3);
  expect(rows()[0]).toContain('Booking refunded');
  expect(rows()[0]).toContain('Ada Chen');
  const links = [...document.querySelectorAll('tbody a')].map((a) => a.getAttribute('href'));
  expect(links).toEqual([
    '/app/bookings/7f3a0000-1111-4222-8333-444455556666',
    '/app/inbox?open=d1',
  ]);
});

it('asks for what fits, by person, action and day of the reporting zone', async () => {
  answers();
  await show(<AuditPage />, '?actor=u7');
  expect(rows()).toHaveLength(2);
  expect(said()).toContain('User added');
  document.body.replaceChildren();
  // 01:00 UTC is still the first of March in New York.
  await show(<AuditPage />, '?day=2026-03-01');
  expect(rows()).toHaveLength(2);
  expect(said()).toContain('Raw read');
  document.body.replaceChildren();
  await show(<AuditPage />, '?actor=u8&action=user_added');
  expect(said()).toContain('Nobody did this.');
  await press('Clear filters');
  expect(rows()).toHaveLength(3);
});
