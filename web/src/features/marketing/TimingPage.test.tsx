import { expect, it } from 'vitest';
import { press, said, server, show } from '@/shared/testing';
import TimingPage from './TimingPage';

const hour = (booking_day_of_week: string, booking_hour: number, bookings: number) => ({
  booking_day_of_week,
  booking_hour,
  bookings,
  canceled: 0,
  attended: 1,
  no_show: 0,
  avg_lead_hours: 24,
  drill: {
    numerator: { href: `/api/rows/bookings?hour=${String(booking_hour)}`, count: bookings },
    denominator: null,
    not_counted: null,
  },
});
const of = (channel: string | null, bookings: number) => ({
  ...hour('', 0, bookings),
  channel,
});

const answers = () =>
  server(({ path, query }) => {
    if (path === '/api/rows/bookings') return { items: [], rows: 0, total: 0, next_cursor: null };
    if (!path.startsWith('/api/marketing/')) return undefined;
    const group = query.get('group');
    if (group === 'channel') return { items: [of('google', 3), of('youtube', 2)] };
    if (group === 'total') return { items: [of(null, 5)] };
    const google = query.get('channel') === 'google';
    const own = query.get('zone') === 'invitee';
    const day = { ...hour('Monday', 9, google ? 3 : 5), booking_hour: undefined };
    const time = { ...hour('Monday', 9, google ? 3 : 7), booking_day_of_week: undefined };
    const nobody = { ...day, booking_day_of_week: null, bookings: 4 };
    if (group === 'weekday') return { items: own ? [nobody, day] : [day] };
    if (group === 'hour_of_day') return { items: [time] };
    return {
      items: google ? [hour('Monday', 9, 3)] : [hour('Monday', 9, 5), hour('Sunday', 23, 1)],
    };
  });

const cell = (name: string) => document.querySelector(`[aria-label="${name}"]`)?.textContent;

it('shows the hours of all channels first, as the server adds them up', async () => {
  const calls = answers();
  await show(<TimingPage />);
  expect(cell('Bookings, Monday 09:00: 5')).toBe('5');
  expect(cell('Bookings, Sunday 23:00: 1')).toBe('1');
  expect(said()).toContain('Bookings of all channels, all time');
  expect(calls.some((call) => call.query.get('channel') !== null)).toBe(false);
});

it('asks for the hours of one channel, and its file has the same rows', async () => {
  answers();
  await show(<TimingPage />, '?channel=google&measure=attended');
  expect(cell('Attended 1. Bookings, Monday 09:00: 3')).toBe('1');
  const file = document.querySelector('a[href*="format=csv"]');
  expect(file?.getAttribute('href')).toContain('channel=google');
});

it('opens an hour into its bookings', async () => {
  const calls = answers();
  await show(<TimingPage />);
  await press(/^Bookings, Monday 09:00/);
  expect(said()).toContain('Bookings, Monday 09:00');
  expect(calls.some((call) => call.path === '/api/rows/bookings')).toBe(true);
});

it('shows the totals of a day and of an hour, which open as well', async () => {
  const calls = answers();
  await show(<TimingPage />);
  expect(cell('Bookings, Monday: 5')).toBe('5');
  expect(cell('Bookings, 09:00: 7')).toBe('7');
  await press(/^Bookings, 09:00/);
  expect(said()).toContain('Bookings, 09:00');
  expect(calls.some((call) => call.path === '/api/rows/bookings')).toBe(true);
});

it('reads the clock of the invitee, and tells whose is unknown', async () => {
  const calls = answers();
  await show(<TimingPage />, '?clock=invitee');
  expect(said()).toContain('in the invitee’s own time');
  expect(said()).toContain('Not in it: 4 bookings of invitees whose zone nobody knows.');
  const asked = calls.filter((call) => call.query.get('zone') === 'invitee');
  const groups = asked.map((call) => call.query.get('group') ?? '');
  expect([...new Set(groups)].sort()).toEqual(['hour', 'hour_of_day', 'weekday']);
});
