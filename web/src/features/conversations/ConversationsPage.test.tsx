import { expect, it } from 'vitest';
import { press, said, server, show } from '@/shared/testing';
import ConversationsPage from './ConversationsPage';

const text = (id: string, part: object) => ({
  direction: 'outbound',
  intent_id: id,
  intent: 'follow_up',
  state: 'sent',
  due_at: '2026-03-01T12:00:00Z',
  ...part,
});
const THREADS = [
  { status: 'FOLLOWED_UP', booking_id: 'b1', phone: null, messages: [text('i1', {})] },
  {
    status: 'SUPPRESSED',
    booking_id: 'b2',
    phone: null,
    reschedule_url: 'https://calendly.test/reschedule/2',
    messages: [
      text('i2', { state: 'suppressed', reason: 'no_phone', delivery_id: 'd1d1d1d1-0000' }),
    ],
  },
];

const answers = () =>
  server(({ path, query }) => {
    if (path === '/api/conversations') {
      if (query.has('booking_id'))
        return { items: THREADS.filter((one) => one.booking_id === query.get('booking_id')) };
      if (query.get('show') === 'needs_reply') return { items: [] };
      return { items: query.get('reason') === 'no_phone' ? THREADS.slice(1) : THREADS.slice(0, 1) };
    }
    // The address of a thread with its checks names a booking, never a number.
    const of = THREADS.filter((one) => path === `/api/conversations/${one.booking_id}`);
    return of.length > 0 ? { threads: of } : undefined;
  });

it('asks for what fits', async () => {
  answers();
  await show(<ConversationsPage />, '?reason=no_phone', { role: 'viewer' });
  expect(said()).toContain('Follow-up not sent: no phone number was given');
  expect(said()).not.toContain('Follow-up sent');
  expect(said()).toContain('asked for by raw d1d1');
  document.body.replaceChildren();
  await show(<ConversationsPage />, '?show=needs_reply');
  expect(said()).toContain('Nobody waits for an answer ✓');
  await press('Show all');
  expect(said()).toContain('Follow-up sent');
});

it('opens a thread that a link names, also one that is not on the page, with the page to move the call', async () => {
  answers();
  await show(<ConversationsPage />, '?booking=b2', { role: 'viewer' });
  expect(said()).toContain('Follow-up not sent: no phone number was given');
  expect(document.querySelector('a[href="https://calendly.test/reschedule/2"]')).not.toBeNull();
});
