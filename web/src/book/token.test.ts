import { beforeEach, expect, it } from 'vitest';
import { arrive, dropToken, keepToken, latest, tokenOf } from './token';

const TOKEN = '0123456789abcdef0123456789abcdef';

beforeEach(() => {
  localStorage.clear();
});

it('keeps a key for each booking until it is forgotten', () => {
  expect(keepToken('b1', TOKEN, Date.now())).toBe(true);
  expect(tokenOf('b1')).toBe(TOKEN);
  expect(tokenOf('b2')).toBeNull();
  dropToken('b1');
  expect(tokenOf('b1')).toBeNull();
});

it('takes the key and the way back out of the address', () => {
  history.replaceState(null, '', `/bookings/b1?payment=success&session_id=cs_1#token=${TOKEN}`);
  expect(arrive(location, history)).toEqual({ token: TOKEN, payment: 'success', session: 'cs_1' });
  expect(location.href).not.toMatch(/token|payment|cs_1/);
});

it('takes nothing for a key that is none', () => {
  history.replaceState(null, '', '/bookings/b1#token=<script>');
  expect(arrive(location, history).token).toBeNull();
});

it('knows the booking of the last hour', () => {
  const now = Date.now();
  expect(latest(now)).toBeNull();
  keepToken('b1', TOKEN, now);
  keepToken('b2', TOKEN, now + 40 * 86_400_000);
  expect(latest(now)).toBe('b1');
  expect(latest(now + 3_700_000)).toBeNull();
  dropToken('b1');
  dropToken('b2');
});
