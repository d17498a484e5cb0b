import { beforeEach, expect, it, vi } from 'vitest';
import { arrive, dropToken, isKept, keepToken, latest, tokenOf } from './token';

const TOKEN = '0123456789abcdef0123456789abcdef';

beforeEach(() => {
  localStorage.clear();
});

it('keeps a key for each booking until it is forgotten', () => {
  keepToken('b1', TOKEN, Date.now());
  expect(tokenOf('b1')).toBe(TOKEN);
  expect(isKept('b1')).toBe(true);
  expect(tokenOf('b2')).toBeNull();
  dropToken('b1');
  expect(tokenOf('b1')).toBeNull();
});

it('keeps a key as long as the page where the browser forbids storage, and says so', () => {
  const forbid = () => {
    throw new DOMException('no', 'SecurityError');
  };
  vi.stubGlobal('localStorage', { getItem: forbid, setItem: forbid });
  keepToken('b3', TOKEN, Date.now());
  expect(tokenOf('b3')).toBe(TOKEN);
  expect(isKept('b3')).toBe(false);
  dropToken('b3');
  expect(tokenOf('b3')).toBeNull();
  vi.unstubAllGlobals();
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
