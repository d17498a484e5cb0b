import { expect, it } from 'vitest';
import { press, said, server, show } from '@/shared/testing';
import LedgerPage from './LedgerPage';

const RUN = {
  at: '2026-03-02T08:00:00Z',
  from: '2026-02-27T08:00:00Z',
  to: '2026-03-02T07:00:00Z',
  stripe_lines: 12,
  ledger_entries: 11,
  fees_posted: 2,
  repaired: 0,
  differences: [
    {
      kind: 'charge',
      reference: 'pi_1',
      currency: 'JPY',
      ours_minor: 0,
      stripe_minor: 15000,
      booking_id: null,
      stripe_at: '2026-03-01T12:00:00Z',
    },
  ],
};
const ENTRY = {
  entry_id: 'e1',
  booking_id: '',
  kind: 'fee',
  reference: 'fee_1',
  amount_minor: -250,
  currency: 'USD',
  occurred_at: '2026-03-01T12:00:00Z',
  delivery_id: '5d1c0000-0000-4000-8000-00000000beef',
};

const answers = () =>
  server(({ path, method }) => {
    if (method === 'POST') return RUN;
    if (path === '/api/ledger/reconciliations') return { items: [RUN] };
    if (path === '/api/ledger') return { items: [ENTRY], total: 1 };
    return undefined;
  });

it('tells a difference object by object, in its own currency', async () => {
  answers();
  await show(<LedgerPage />);
  expect(said()).toContain('1 difference');
  expect(said()).toContain('2 fees booked');
  const row = document.querySelector('[aria-label="differences"] tbody tr')?.textContent ?? '';
  expect(row).toContain('¥0');
  expect(row).toContain('¥15,000');
});

it('leads from an entry to the webhook that told it, and links no booking for a fee of the account', async () => {
  answers();
  await show(<LedgerPage />);
  const links = [...document.querySelectorAll('[aria-label="ledger"] tbody a')];
  expect(links.map((a) => a.getAttribute('href'))).toEqual([
    '/app/inbox?open=5d1c0000-0000-4000-8000-00000000beef',
  ]);
});

it('asks for days of the reporting zone, and compares just these', async () => {
  const calls = answers();
  await show(<LedgerPage />, '?from=2026-03-01&to=2026-03-01');
  const asked = calls.find(({ path }) => path === '/api/ledger')?.query;
  expect(asked?.get('from')).toBe('2026-03-01T05:00:00.000Z');
  expect(asked?.get('to')).toBe('2026-03-02T04:59:59.999999Z');
  await press('Reconcile these days');
  expect(calls.find(({ method }) => method === 'POST')?.body).toEqual({
    from: '2026-03-01T05:00:00.000Z',
    to: '2026-03-02T05:00:00.000Z',
  });
});
