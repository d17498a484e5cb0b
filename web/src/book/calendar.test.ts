import { expect, it } from 'vitest';
import { frameUrl, heard } from './calendar';

const SCHEDULING = 'https://calendly.com/demo/strategy';
const frame = {} as Window;

const message = (data: unknown, origin = 'https://calendly.com', source: unknown = frame) => ({
  origin,
  source: source as Window,
  data,
});

const scheduled = {
  event: 'calendly.event_scheduled',
  payload: { event: { uri: 'https://e' }, invitee: { uri: 'https://i' } },
};

it('hears a booking from our own frame', () => {
  expect(heard(message(scheduled), frame, SCHEDULING)).toEqual({
    booked: { event_uri: 'https://e', invitee_uri: 'https://i' },
  });
  const height = { event: 'calendly.page_height', payload: { height: '712px' } };
  expect(heard(message(height), frame, SCHEDULING)).toEqual({ height: 712 });
});

it('hears nobody else', () => {
  expect(heard(message(scheduled, 'https://evil.example'), frame, SCHEDULING)).toBeNull();
  expect(heard(message(scheduled, undefined, {}), frame, SCHEDULING)).toBeNull();
  expect(heard(message(scheduled), null, SCHEDULING)).toBeNull();
  expect(heard(message('text'), frame, SCHEDULING)).toBeNull();
});

it('takes along where the visitor came from', () => {
  const url = new URL(frameUrl(SCHEDULING, { utm_source: 'x' }, 'book.example'));
  expect(url.searchParams.get('utm_source')).toBe('x');
  expect(url.searchParams.get('embed_domain')).toBe('book.example');
});
