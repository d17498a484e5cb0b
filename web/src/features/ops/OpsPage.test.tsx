import { expect, it } from 'vitest';
import { press, said, server, show, unfold } from '@/shared/testing';
import OpsPage from './OpsPage';

const OPS = {
  as_of: null,
  lag_seconds: null,
  counters: { webhook_received: 7 },
  pending_objects: 0,
  tables: [{ table: 'daily_bookings_by_source', version: 3, rows: 12, as_of: null }],
  notifications: [
    { at: '2026-03-01T12:00:00Z', subject: 'Run succeeded', message: { status: 'ok' } },
  ],
  syncs: [
    {
      vendor: 'calendly',
      run_id: 'r1',
      started_at: '2026-03-01T12:00:00Z',
      ended_at: '2026-03-01T12:03:00Z',
      complete: false,
      resumed: false,
      events_processed: 40,
      invitees_processed: 41,
      customers_updated: 2,
      no_shows_detected: 1,
      upcoming_calls: 9,
      missed: { created: 2, canceled: 0 },
      missed_deliveries: [
        { kind: 'invitee.created', uri: 'https://calendly.test/invitees/one', updated_at: null },
        { kind: 'invitee.created', uri: 'https://calendly.test/invitees/two', updated_at: null },
      ],
      changed: 2,
      invalid: 0,
      calls: 5,
      retries: 1,
      waited_ms: 0,
    },
  ],
  subscriptions: [
    {
      vendor: 'calendly',
      url: 'https://example.test/api/webhooks/calendly',
      state: 'disabled',
      looked_at: '2026-03-01T12:00:00Z',
      made_anew_at: '2026-03-01T11:00:00Z',
    },
  ],
  alarms: [
    {
      code: 'sync_failed',
      subject: 'close',
      raised_at: '2026-03-01T12:00:00Z',
      detail: 'the vendor refused',
    },
  ],
  waiting: { stuck_bookings: { count: 0, items: [] } },
  vendor_tasks: { pending: 0, failed: 0, manual: 1 },
};

const NAMED = [1, 2, 3].map((n) => ({
  kind: 'invitee.created',
  uri: `https://calendly.test/invitees/${String(n)}`,
  updated_at: null,
}));

/** The run with all its names, of which the list of runs has the first two. */
const WHOLE = { ...OPS.syncs[0], missed: { created: 3 }, missed_deliveries: NAMED };

const TASK = {
  task_id: 't1',
  vendor: 'typeform',
  action: 'delete_response',
  id: 'form/token',
  status: 'manual',
  reason: 'no right to delete responses',
  created_at: '2026-03-01T12:00:00Z',
  changed_at: '2026-03-01T12:00:00Z',
};

const BILL = {
  lines: [
    {
      service: 'sms',
      quantity: '1400',
      unit: 'part',
      unit_price: '0.0075',
      amount: '10.5',
    },
  ],
  total: '10.55001',
  bookings: 1204,
};

const answers = () =>
  server(({ path, query, method }) => {
    if (path === '/api/ops') return OPS;
    if (path === '/api/bill') return BILL;
    if (method === 'POST') return { ...TASK, status: 'done' };
    if (path === '/api/privacy/tasks')
      return { items: query.get('status') === 'manual' ? [TASK] : [] };
    return undefined;
  });

it('says what to do about an alarm, and how the subscriptions are', async () => {
  answers();
  await show(<OpsPage />);
  expect(said()).toContain('What to do: Look at the vendor’s key and its scopes.');
  expect(document.querySelector('a[href="#syncs"]')).not.toBeNull();
  const rows = document.querySelector('[aria-label="subscriptions"]')?.textContent ?? '';
  expect(rows).toContain('Disabled');
  expect(rows).toContain('https://example.test/api/webhooks/calendly');
});

it('names every delivery that a sync found missing, also those that the list of runs leaves out', async () => {
  const [run] = OPS.syncs;
  server(({ path }) => {
    if (path === '/api/ops') return { ...OPS, syncs: [{ ...run, missed: WHOLE.missed }] };
    return path === '/api/ops/syncs/r1' ? WHOLE : undefined;
  });
  await show(<OpsPage />);
  expect(said()).toContain('Missed: Created 3');
  expect(said()).not.toContain('Canceled 0');
  expect(said()).toContain('Stopped, the next run goes on');
  await unfold('Missed: Created 3');
  const rows = document.querySelectorAll('[aria-label^="missed deliveries"] tbody tr');
  expect([...rows].map((row) => row.textContent)).toEqual(
    [1, 2, 3].map((n) => expect.stringContaining(`invitees/${String(n)}`) as string),
  );
});

it('closes a deletion only after a second word, and tries one again at once', async () => {
  const calls = answers();
  const posts = () => calls.filter((call) => call.method === 'POST').map((call) => call.path);
  await show(<OpsPage />);
  expect(said()).toContain('Typeform: Delete the response');
  expect(said()).toContain('no right to delete responses');
  await press('Done…');
  expect(posts()).toEqual([]);
  await press('It is deleted');
  expect(posts()).toEqual(['/api/privacy/tasks/t1/done']);
  await press('Try again');
  expect(posts().at(-1)).toBe('/api/privacy/tasks/t1/retry');
});

it('changes nothing from the past', async () => {
  answers();
  await show(<OpsPage />, '', { at: '2026-02-01T00:00:00Z' });
  expect(said()).toContain('Typeform: Delete the response');
  const words = [...document.querySelectorAll('button')].map((b) => b.textContent);
  expect(words).not.toContain('Done…');
  expect(words).not.toContain('Try again');
});

it('says what the use costs, and asks the server for a month of so many bookings', async () => {
  const calls = answers();
  await show(<OpsPage part="cost" />, '?bill=1000');
  expect(said()).toContain('$10.55 in all. So far 1,204 bookings were metered.');
  const rows = document.querySelector('[aria-label="bill"]')?.textContent ?? '';
  expect(rows).toContain('Text messages1,400parts$0.0075$10.50');
  const asked = calls.filter((call) => call.path === '/api/bill');
  expect(asked.map((call) => call.query.get('appointments'))).toEqual(['1000']);
});
