import { act } from 'react';
import { Route, Routes } from 'react-router';
import { expect, it } from 'vitest';
import { press, said, server, settle, show } from '@/shared/testing';
import type { Frame } from '@/shared/frame';
import ContactPage from './ContactPage';

const KEY = { vendor: 'close', kind: 'contact', id: 'c4' };
const AT = '2026-03-01T17:00:00Z';
const earned = (revenue_minor: number) => ({
  conversions_micro: revenue_minor,
  revenue_minor,
  cash_minor: 0,
});
const PERSON = {
  contact_id: 'p1',
  name: 'Priya Patel',
  aliases: ['P. Patel'],
  emails: ['priya@acme.co'],
  phones: ['+12223334444'],
  original_source: 'facebook',
  latest_source: 'email',
  close_source: null,
  first_contact_date: '2026-02-02T15:14:00Z',
  lead_status: 'Customer',
  close_lead_id: 'l1',
  opportunities: [],
  influenced: [],
  records: [KEY],
  merge_log: [
    { merge_id: 'm1', kind: 'merge', actor: 'u1', at: AT, reason: 'one phone', counts: true },
  ],
  journey: [
    {
      at: '2026-02-02T15:14:00Z',
      kind: 'form',
      channel: 'facebook',
      campaign: 'spring_launch',
      row_id: 't1',
      raw_sha256: 'a3f9'.repeat(16),
      lineage: '/api/lineage/silver.form_responses?key=token%3Dt1',
      credit: [
        { model: 'first', ...earned(1_000_000), share_percent: 100 },
        { model: 'u', ...earned(500_000), share_percent: 50 },
      ],
    },
    {
      at: '2026-02-09T23:30:00Z',
      kind: 'booked',
      channel: 'google',
      row_id: 'i1',
      booking_id: 'b1',
      credit: [
        { model: 'last', ...earned(1_000_000), share_percent: 100 },
        { model: 'u', ...earned(500_000), share_percent: 50 },
      ],
    },
    {
      at: '2026-02-28T05:00:00Z',
      kind: 'won',
      amount_minor: 1_000_000,
      currency: 'USD',
      row_id: 'o1',
    },
    { at: AT, kind: 'refund', amount_minor: -5_000, currency: 'USD', row_id: 'pay1' },
  ],
  credited: {
    currency: 'USD',
    window_days: 90,
    total: earned(1_000_000),
    without_touch: earned(0),
  },
  lost: [{ field: 'email', value: 'old@acme.co', record: KEY, at: AT, won_by: KEY }],
  edges: [
    {
      edge_id: 'e1',
      subject: 'record:close:contact:c4',
      evidence: 'email',
      value: 'priya@acme.co',
      actor: 'close',
      at: AT,
      counts: true,
    },
    {
      edge_id: 'e2',
      subject: 'record:close:contact:c4',
      evidence: 'name',
      value: 'Priya Patel',
      actor: 'close',
      at: AT,
      counts: false,
      why_not: 'only_likely',
    },
  ],
};
const CUSTOMER = {
  contact_id: 'p1',
  email: 'priya@acme.co',
  name: 'Priya Patel',
  assigned_am: 'Ada',
  assigned_am_email: 'ada@co.test',
  crm_owner: 'bo@co.test',
  total_calls_booked: 2,
  calls_completed: 2,
  calls_no_show: 0,
  calls_canceled: 0,
  calls_rescheduled: 1,
  calls_upcoming: 0,
  show_rate: 100,
  attendance_rate: 100,
  last_call_date: AT,
  next_call_date: null,
  quality_points: 30,
  health_score: 65,
  health_factors: [{ code: 'high_show_rate', points: 5 }],
  alerts: ['am_change'],
  factors: [{ code: 'high_show_rate', points: 5, calls: ['x'], fraction: [2, 2], since: null }],
  high_value: true,
  won_revenue_minor: 1_000_000,
};

const THREAD = {
  booking_id: 'b1',
  phone: '+12223334444',
  status: 'RESPONDED',
  messages: [
    {
      direction: 'inbound',
      message_id: 'm1',
      at: AT,
      body: 'See you there',
      reply_intent: 'yes',
      sentiment: 'positive',
    },
  ],
};

const page = async (frame: Partial<Frame> = {}) => {
  const calls = server(({ path }) => {
    if (path === '/api/contacts/p1') return PERSON;
    if (path === '/api/customers/p1') return CUSTOMER;
    if (path === '/api/conversations') return { items: [{ ...THREAD, messages: [] }] };
    return path === '/api/conversations/b1' ? { threads: [THREAD] } : undefined;
  });
  await show(
    <Routes>
      <Route path="*" element={<ContactPage />} />
      <Route path="/app/contacts/:id" element={<ContactPage />} />
    </Routes>,
    '/contacts/p1',
    frame,
  );
  return calls;
};

it('tells what happened with a person, and why it is one person, without an address', async () => {
  await page();
  for (const text of [
    'Priya Patel',
    'Form',
    'facebook / spring_launch',
    'Won $10,000.00',
    'Money refunded −$50.00',
    '65 good',
    'Not the manager',
    'Evidence that joins nobody (1)',
    'it makes candidates, never a person',
    'Merged: one phone',
    'p…@acme.co',
    'High value',
  ])
    expect(said()).toContain(text);
  expect(said()).not.toMatch(/priya@acme|old@acme|2223334444/);
  await press('Show addresses');
  expect(said()).toContain('priya@acme.co');
  expect(said()).toContain('+12223334444');
});

it('shows what each touch earned by the chosen model, and leads to its webhook', async () => {
  await page();
  expect(said()).toContain('50.00% · $5,000.00');
  expect(said()).toContain('Every model shares the same $10,000.00 of revenue.');
  expect(said()).toContain('Typeform webhook a3f9');
  const model = document.querySelector<HTMLSelectElement>('select');
  expect(model?.value).toBe('u');
  act(() => {
    const set = Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value')?.set;
    set?.call(model, 'first');
    model?.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await settle();
  expect(said()).toContain('100.00% · $10,000.00');
  expect(said()).toContain('no share');
  expect(said()).not.toContain('50.00%');
});

it('asks for texts by the booking, and only where the role may read them', async () => {
  const paths = (await page()).map((call) => call.path);
  expect(said()).toContain('See you there');
  expect(paths.filter((path) => path.startsWith('/api/conversations'))).toEqual([
    '/api/conversations',
    '/api/conversations/b1',
  ]);
  document.body.replaceChildren();
  const asked = (await page({ role: 'sales' })).map((call) => call.path);
  expect(asked.some((path) => path.startsWith('/api/conversations'))).toBe(false);
  expect(said()).not.toContain('Erase…');
});

it('offers nothing to do from a past instant', async () => {
  const calls = await page({ at: '2026-03-01T05:00:00.000Z' });
  for (const action of ['Merge…', 'Erase…', 'Undo…']) expect(said()).not.toContain(action);
  expect(calls[0]?.query.get('as_of')).toBe('2026-03-01T05:00:00.000Z');
});
