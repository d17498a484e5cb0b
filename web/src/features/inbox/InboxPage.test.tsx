import { expect, it } from 'vitest';
import { said, server, show } from '@/shared/testing';
import InboxPage from './InboxPage';

const item = (id: string, part: object) => ({
  delivery_id: id,
  vendor: 'calendly',
  kind: 'invitee.created',
  resource_uri: `https://calendly.test/invitees/${id}`,
  status: 'done',
  error_class: null,
  error: null,
  attempts: 1,
  received_at: '2026-03-02T01:00:00Z',
  raw_sha256: `${id}${'0'.repeat(56)}`,
  ...part,
});
const ITEMS = [
  item('aaaaaaaa', {}),
  item('bbbbbbbb', {
    vendor: 'stripe',
    status: 'failed',
    error_class: 'VALIDATION_ERROR',
    error: 'no id',
  }),
  item('cccccccc', { received_at: '2026-02-20T12:00:00Z' }),
];

const answers = () =>
  server(({ path, query }) => {
    const named = ITEMS.find((one) => path === `/api/inbox/${one.raw_sha256}`);
    if (named) return named;
    if (path === '/api/inbox') {
      const is = (name: string, value: string | null) =>
        !query.has(name) || query.get(name) === value;
      const from = query.get('from') ?? '';
      const to = query.get('to') ?? '9';
      return {
        items: ITEMS.filter(
          (one) =>
            is('vendor', one.vendor) &&
            is('error_class', one.error_class) &&
            from <= one.received_at &&
            one.received_at <= to,
        ),
      };
    }
    if (path === '/api/bookings')
      return { items: [{ booking_id: 'b1', name: `Of ${query.get('invitee_uri') ?? ''}` }] };
    return undefined;
  });

const rows = () =>
  [...document.querySelectorAll('[aria-label="inbox"] tbody tr')].map((row) => row.textContent);

it('asks for deliveries of a vendor, an error class and a day of the reporting zone', async () => {
  answers();
  await show(<InboxPage />, '?vendor=stripe&class=VALIDATION_ERROR');
  expect(rows()).toHaveLength(1);
  expect(rows()[0]).toContain('Validation error');
  document.body.replaceChildren();
  await show(<InboxPage />, '?day=2026-02-20');
  expect(rows()).toHaveLength(1);
  document.body.replaceChildren();
  // 01:00 UTC is still the first of March in New York.
  await show(<InboxPage />, '?day=2026-03-02');
  expect(said()).toContain('No delivery fits.');
});

it('opens a delivery by the hash of its body, with the booking that it is about', async () => {
  answers();
  await show(<InboxPage />, `?open=cccccccc${'0'.repeat(56)}`);
  expect(said()).toContain('Booking of Of https://calendly.test/invitees/cccccccc');
});
