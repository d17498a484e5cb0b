import { beforeEach, expect, it } from 'vitest';
import { arrive, dropToken, keepToken, tokenOf } from './token';

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
