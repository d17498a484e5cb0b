/** The keys to a customer's bookings on this device. They never stand in an address that is sent anywhere. */

const NAME = 'bookpath.tokens';
/** A key is kept this long after the call. */
const KEPT_MS = 30 * 86_400_000;

interface Kept {
  token: string;
  until: number;
}

type Tokens = Record<string, Kept>;

/** Where browsers forbid storage, keys live as long as the page. */
const memory: Tokens = {};

const stored = (): Tokens => {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(NAME) ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Tokens) : {};
  } catch {
    return {};
  }
};

const read = (): Tokens => ({ ...memory, ...stored() });

const write = (tokens: Tokens): void => {
  try {
    localStorage.setItem(NAME, JSON.stringify(tokens));
  } catch {
    Object.assign(memory, tokens);
  }
};

/** Whether the key to a booking outlives the page: not where the browser forbids storage. */
export const isKept = (booking: string): boolean => booking in stored();

/** The key to a booking, if this device has it. */
export const tokenOf = (booking: string): string | null => read()[booking]?.token ?? null;

/** How long after it a booking is one that somebody may want to go on with. */
const JUST_NOW_MS = 3_600_000;

/** The booking that was made or opened last on this device, within the last hour. */
export const latest = (now: number): string | null => {
  const recent = Object.entries(read()).filter(
    ([, { until }]) => Math.abs(now - (until - KEPT_MS)) < JUST_NOW_MS,
  );
  recent.sort(([, a], [, b]) => b.until - a.until);
  return recent[0]?.[0] ?? null;
};

/** Keeps a key until 30 days after `after`. */
export const keepToken = (booking: string, token: string, after: number): void => {
  const now = Date.now();
  const good = Object.entries(read()).filter(([, kept]) => kept.until > now);
  const until = Math.max(now, after) + KEPT_MS;
  write({ ...Object.fromEntries(good), [booking]: { token, until } });
};

/** Forgets a key. */
export const dropToken = (booking: string): void => {
  const rest = Object.entries(read()).filter(([id]) => id !== booking);
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a map of keys
  delete memory[booking];
  write(Object.fromEntries(rest));
};

export interface Arrival {
  token: string | null;
  payment: 'success' | 'canceled' | null;
  session: string | null;
}

/** What the address brought. Query and fragment are taken out of it at once, so that nobody copies them. */
export function arrive(location: Location, history: History): Arrival {
  const query = new URLSearchParams(location.search);
  const fragment = new URLSearchParams(location.hash.slice(1));
  const payment = query.get('payment');
  const token = fragment.get('token');
  if (location.hash || payment) history.replaceState(history.state, '', location.pathname);
  return {
    token: token && /^[0-9a-f]{32}$/.test(token) ? token : null,
    payment: payment === 'success' || payment === 'canceled' ? payment : null,
    session: query.get('session_id'),
  };
}

const MARKS = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term'];

/** Where the visitor came from, for the calendar: attribution would be lost without it. */
export function marks(search: string): Record<string, string> {
  const query = new URLSearchParams(search);
  const found = MARKS.flatMap((name) => {
    const value = query.get(name);
    return value ? [[name, value] as const] : [];
  });
  try {
    if (found.length > 0) sessionStorage.setItem('bookpath.utm', JSON.stringify(found));
    const kept: unknown = JSON.parse(sessionStorage.getItem('bookpath.utm') ?? '[]');
    return Object.fromEntries(kept as [string, string][]);
  } catch {
    return Object.fromEntries(found);
  }
}
