import { expect, it } from 'vitest';
import { press, said, server, show } from '@/shared/testing';
import CustomersPage from './CustomersPage';

const customer = (contact_id: string, name: string) => ({
  contact_id,
  email: 'priya@acme.co',
  name,
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
  last_call_date: null,
  next_call_date: null,
  quality_points: 30,
  health_score: 65,
  health_factors: [{ code: 'upcoming_call', points: 5 }],
  alerts: [],
});

const answers = () =>
  server(({ path }) => {
    if (path === '/api/customers')
      return { items: [customer('p1', 'Priya'), customer('p2', 'Ben')], total: 2 };
    if (path === '/api/metrics')
      return { metrics: {}, per_user: [{ email: 'Bo@co.test', name: 'Bo Diaz', metrics: {} }] };
    return undefined;
  });

it('names who looks after somebody in the CRM, where the team knows the name', async () => {
  answers();
  await show(<CustomersPage />);
  expect(said()).toContain('Bo Diaz');
  expect(said()).not.toContain('bo@co.test');
});

it('asks for no names that the role may not see', async () => {
  const calls = answers();
  await show(<CustomersPage />, '', { role: 'sales' });
  expect(calls.map((call) => call.path)).not.toContain('/api/metrics');
  expect(said()).toContain('bo@co.test');
});

it('asks the API for a health and for a name, under the same filters', async () => {
  const calls = answers();
  await show(<CustomersPage />, '?health=poor');
  const last = () => calls.filter((call) => call.path === '/api/customers').at(-1)?.query;
  expect(last()?.get('health')).toBe('poor');
  const field = document.querySelector('form input');
  (field as HTMLInputElement).value = 'priya@acme.co';
  await press('Find customers');
  expect(last()?.get('q')).toBe('priya@acme.co');
  expect(last()?.get('health')).toBe('poor');
  expect(said()).toContain('Priya');
});

it('tells what moved a health score', async () => {
  answers();
  await show(<CustomersPage />);
  await press(/^65/);
  expect(said()).toContain('+5 upcoming call');
});
